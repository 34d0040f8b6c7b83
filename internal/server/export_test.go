package server

// Actions are all that policies can name.
func (s *Server) Actions() []string { return s.actions }
