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
	settings, err := mailConfig(c)
	if err != nil {
		return nil, nil, err
	}
	settings.MaxInFlight = mailConnections
	channel, err := email.New(settings)
	if err != nil {
		return nil, nil, err
	}
	return channel, func() { _ = channel.Close() }, nil
}
