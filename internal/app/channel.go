package app

import (
	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/delivery/email"
)

// EmailChannel makes the channel that the configuration asks for; nil stands for the capture box.
func EmailChannel(c config.Email) (delivery.Channel, func(), error) {
	if c.Transport != config.SMTP {
		return nil, func() {}, nil
	}
	channel, err := email.New(email.Config{
		Host: c.Host, Port: c.Port, Username: c.Username, Password: c.Password, TLS: email.TLS(c.TLS), From: c.From, MaxInFlight: mailConnections,
	})
	if err != nil {
		return nil, nil, err
	}
	return channel, func() { _ = channel.Close() }, nil
}
