package app

import (
	"io"
	"slices"

	"attune/core/channel"
	"attune/internal/config"
	"attune/internal/delivery"
	"attune/internal/delivery/capture"
	"attune/internal/delivery/email"
	"attune/internal/delivery/human"
	"attune/internal/delivery/sms"
)

// Channels makes the channels that the configuration has a carrier for, and what closes them.
func Channels(c config.Config) ([]delivery.Channel, func(), error) {
	var list []delivery.Channel
	var closers []io.Closer
	closeAll := func() {
		for _, c := range closers {
			_ = c.Close()
		}
	}
	if c.Email.Transport == config.SMTP {
		settings, err := mailConfig(c.Email)
		if err != nil {
			return nil, nil, err
		}
		settings.MaxInFlight = connections(c.Email.AtOnce)
		mail, err := email.New(settings)
		if err != nil {
			return nil, nil, err
		}
		list, closers = append(list, mail), append(closers, mail)
	}
	if c.SMS.Transport == config.Twilio {
		texts, err := sms.New(smsConfig(c))
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		list, closers = append(list, texts), append(closers, texts)
	}
	return list, closeAll, nil
}

// connections is over how many connections so many letters are handed over: two to a connection, so
// that one is always ready and none waits long enough to run out of time.
func connections(atOnce int) int { return (atOnce + 1) / 2 }

// Limits are what the configuration bounds, by channel.
func Limits(c config.Config) map[string]delivery.Limits {
	return map[string]delivery.Limits{
		channel.Email: {Rate: float64(c.Email.Rate), AtOnce: c.Email.AtOnce},
		channel.SMS:   {Rate: float64(c.SMS.Rate), AtOnce: c.SMS.AtOnce},
	}
}

// withBox adds, for every channel that has no carrier, the work queue where people carry it, and the
// capture box otherwise.
func withBox(carried []delivery.Channel, box *capture.Box, tasks *human.Queue) []delivery.Channel {
	out := slices.Clone(carried)
	for _, name := range channel.Names() {
		switch {
		case slices.ContainsFunc(carried, func(c delivery.Channel) bool { return c.Can().Name == name }):
		case channel.Human(name):
			out = append(out, tasks.For(name))
		default:
			out = append(out, box.For(name))
		}
	}
	return out
}
