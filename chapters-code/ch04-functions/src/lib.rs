//! Chapter 4, functions: the shop as programs that are started when somebody comes,
//! and the host that starts them.
//!
//! Read the host in this order. A [`table`] says which functions there are, and what
//! leads to them. The [`gateway`] makes an event of a request, and a response of an
//! answer. A [`pool`] is the processes of one function, each a [`process`], which
//! asks its [`runtime_api`] for events. A [`report`] is what one event took, a
//! [`failure`] why there is no answer. The [`bus`] takes events from functions, and
//! [`deliver`] brings them to others. A [`host`] is all of it.
//!
//! And the functions in this one. A [`runtime`] asks for events, and says what became
//! of them. A [`request`] is what it gets from the gateway. The [`counter`] answers
//! customers, and tells in [`events`] what has happened; the [`office`] hears of it.

#[cfg(feature = "host")]
pub mod bus;
pub mod counter;
#[cfg(feature = "host")]
pub mod deliver;
pub mod events;
#[cfg(feature = "host")]
pub mod failure;
#[cfg(feature = "host")]
pub mod gateway;
#[cfg(feature = "host")]
pub mod host;
pub mod office;
#[cfg(feature = "host")]
pub mod pool;
#[cfg(feature = "host")]
pub mod process;
#[cfg(feature = "host")]
pub mod report;
pub mod request;
pub mod runtime;
#[cfg(feature = "host")]
pub mod runtime_api;
#[cfg(feature = "host")]
pub mod table;
