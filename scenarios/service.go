package scenarios

// Answers says whether the service may answer on a port. Nobody can tell the ports of a program.
func (s Service) Answers(udp bool, port uint16) bool {
	switch {
	case s.HTTP != nil:
		return !udp && s.HTTP.Port == port
	case s.HTTPS != nil:
		return !udp && s.HTTPS.Port == port
	case s.TCPEcho != nil:
		return !udp && s.TCPEcho.Port == port
	case s.Bulk != nil:
		return !udp && s.Bulk.Port == port
	case s.UDPEcho != nil:
		return udp && s.UDPEcho.Port == port
	}
	return true
}
