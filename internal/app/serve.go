package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/reelastic/reelastic/internal/identity"
)

// Serve runs the server, dispatch, delivery and, unless there are no slots, the
// worker in this process until ctx ends, then stops them in good order. It returns an error
// when they can't begin or one of them can't go on.
func Serve(ctx context.Context, cfg Config, log *slog.Logger) error {
	p := newParts(cfg, log)
	defer p.close()
	clients, listening := p.listen(ctx)
	scrapes, scraped := p.listenMetrics(ctx)
	secure, loaded := p.cfg.Server.loadTLS(log)
	if err := errors.Join(listening, scraped, loaded); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := p.revive(ctx); err != nil {
		return err
	}
	i, err := p.openIdentities(ctx)
	if err != nil {
		return err
	}
	publicURL := p.cfg.Server.publicURL(clients.Addr())
	sender, err := p.openSender(i.keys, publicURL)
	if err != nil {
		return err
	}
	api := p.newServer(secure, i, sender)
	s := startServices(ctx)
	p.serveMetrics(s, scrapes)
	s.run("sweep", p.sweep)
	s.run("keys", i.keys.Follow)
	s.run("server", func(ctx context.Context) error { return api.Serve(ctx, clients) })
	s.runLast("dispatch", p.newDispatch().Run)
	s.run("bulk", p.newBulk().Run)
	s.runLast("delivery", p.newDelivery(sender).Run)
	slots := p.cfg.Worker.Workers
	if slots > 0 {
		s.run("worker", p.newWorker(p.keyService(i.dataKeys)).Run)
	}
	log.InfoContext(ctx, "serving", "listen", clients.Addr().String(), "endpoint", publicURL, "workers", slots)
	return s.wait()
}

// Work runs a worker of a fleet until ctx ends.
func Work(ctx context.Context, cfg Config, log *slog.Logger) error {
	p := newParts(cfg, log)
	defer p.close()
	scrapes, err := p.listenMetrics(ctx)
	if err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	keys, err := p.workerKeys(ctx)
	if err != nil {
		return fmt.Errorf("--data %q: %w", p.cfg.Installation.Data, err)
	}
	s := startServices(ctx)
	p.serveMetrics(s, scrapes)
	s.run("sweep", p.sweep)
	s.run("keys", keys.Follow)
	s.run("worker", p.newWorker(p.keyService(p.cfg.Installation.dataKeys(keys))).Run)
	log.InfoContext(ctx, "working", "workers", p.cfg.Worker.Workers)
	return s.wait()
}

// identities are who may call, and what the installation key protects.
type identities struct {
	keys     *identity.Keyring
	callers  *identity.Credentials
	dataKeys *identity.DataKeys
}

// openIdentities reads the installation key, which the first start makes, and the
// callers under it.
func (p *parts) openIdentities(ctx context.Context) (i identities, err error) {
	i.keys, _, err = identity.LoadKeyring(p.cfg.Installation.keyFile())
	if err == nil {
		err = i.keys.Attach(ctx, p.store, p.log)
	}
	if err != nil {
		return i, fmt.Errorf("--data %q: %w", p.cfg.Installation.Data, err)
	}
	i.dataKeys = p.cfg.Installation.dataKeys(i.keys)
	i.callers, err = p.openCallers(ctx, i.keys)
	return i, err
}
