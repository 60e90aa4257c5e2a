package runtimeapi

// PID is the process, to be looked at by benchmarks.
func (f *Function) PID() int { return f.command.Process.Pid }
