//! Checks of a client: a server in front of a server, which breaks what passes, and a judge of what the client saw.
//!
//! The client asks `GET /conformance` for the phases. For each it posts `{"phase"}` to `/conformance/begin`, which begins
//! new calls and the phase's faults and names the calls; it follows each call to its end through this same address, and
//! posts `{"client","phase","transport","calls":{call:[seq…]}}` to `/conformance/report`: the places of the events in the
//! order in which its user got them, partials left out. The answer says whether that is right.

mod bench;
mod fault;
mod frames;
mod http;
mod phase;
mod proxy;

pub use bench::{Begin, Bench, Count};
pub use phase::Phase;
