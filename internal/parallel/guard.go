package parallel

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic that [Guard] or [Each] has caught.
type Panic struct {
	Value any
	// Stack is that of the goroutine that panicked.
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Guard calls do, and returns a panic of it as a [*Panic]: what one job makes a parser do
// must not end the jobs beside it. Panics in goroutines that do starts are not caught.
func Guard(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panic{Value: value, Stack: debug.Stack()}
		}
	}()
	return do()
}
