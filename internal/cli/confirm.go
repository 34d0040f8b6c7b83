package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// confirmation is asked for before something is deleted.
type confirmation struct {
	Yes bool `name:"yes" short:"y" help:"Do not ask. It is needed where there is no terminal to ask on."`
}

// errDeclined ends a command whose question was not answered with yes.
var errDeclined = errors.New("nothing was changed")

// confirm asks whether something is to be done, on the terminal.
func (c confirmation) confirm(s streams, question string) error {
	if c.Yes {
		return nil
	}
	if in, ok := s.in.(*os.File); !ok || !isatty.IsTerminal(in.Fd()) {
		return &usageError{errors.New("there is no terminal to ask on: give --yes")}
	}
	fmt.Fprintf(s.err, "%s [y/N] ", question)
	answer, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil {
		return errDeclined
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}
