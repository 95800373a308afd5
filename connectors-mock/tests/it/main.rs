//! The mock on its socket, alone and beside the service.

#![expect(unreachable_pub, reason = "in a test binary nothing is reachable from outside")]

mod alive;
mod behaviour;
mod consent;
mod deliveries;
mod faults;
mod generated;
mod mistakes;
mod misuse;
mod mounted;
mod panics;
mod scripts;
mod twin;
mod twin_sees;
mod violations;
mod wire;
