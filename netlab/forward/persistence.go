package forward

import (
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Persistence keeps a client on the backend that it got first, by its source address (documented:
// SLB API, "PersistenceTimeout", TCP only). Every new connection of the client starts the time
// anew (inferred, from LVS). A backend that has lost its slots loses its clients too. The memory
// is the node's own: a zone switch forgets it (unknown).

// rememberedClients bounds the memory. A new client beyond it gets no answer.
const rememberedClients = 1 << 20

// clientRegister holds the client's address next to the backend in the first two registers.
const clientRegister = firstRegister + 2

func persistence(t *nftables.Table, name string, timeout time.Duration) nftables.Set {
	return nftables.Set{
		Table: t, Name: name, IsMap: true, Dynamic: true, HasTimeout: true,
		Timeout: timeout, Size: rememberedClients,
		KeyType: nftables.TypeIPAddr, DataType: backendType,
	}
}

// returningClient matches a client whose backend still has a slot, and leaves that backend in the
// first registers.
func returningClient(clients, alive *nftables.Set, timeout time.Duration) []expr.Any {
	return []expr.Any{
		ipField(clientRegister, offsetSource),
		&expr.Lookup{SourceRegister: clientRegister, DestRegister: firstRegister, IsDestRegSet: true, SetName: clients.Name, SetID: clients.ID},
		inSet(alive),
		changeClient(clients, unix.NFT_DYNSET_OP_UPDATE, timeout),
	}
}

// rememberClient stores the backend in the first registers as the client's, in place of one that
// has lost its slots.
func rememberClient(clients *nftables.Set, timeout time.Duration) []expr.Any {
	return []expr.Any{
		ipField(clientRegister, offsetSource),
		changeClient(clients, dynsetDelete, 0),
		changeClient(clients, unix.NFT_DYNSET_OP_ADD, timeout),
	}
}

func changeClient(clients *nftables.Set, operation uint32, timeout time.Duration) expr.Any {
	return &expr.Dynset{
		SrcRegKey: clientRegister, SrcRegData: firstRegister, SetName: clients.Name, SetID: clients.ID,
		Operation: operation, Timeout: timeout,
	}
}
