//! Who has come and is not let in yet.

use std::{net, sync::Arc};

use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Order;

/// Those who were let in here, each with the place of its first request.
pub(super) type Comers = UnboundedReceiver<(net::TcpStream, usize)>;

/// Lets in whoever has come by now, also while the gate's thread is busy with another visitor: who came before an answer went
/// did not know it.
#[derive(Debug)]
pub(super) struct Door {
    listener: Arc<TcpListener>,
    comers: UnboundedSender<(net::TcpStream, usize)>,
}

impl Door {
    /// The door of a listener.
    pub(super) fn open(listener: Arc<TcpListener>) -> (Self, Comers) {
        let (comers, let_in) = unbounded_channel();
        (Self { listener, comers }, let_in)
    }

    /// Lets them in.
    pub(super) fn let_in(&self, order: &Order) {
        // Past tokio, which does not know of them before this thread asks it.
        while let Ok((visitor, _)) = SockRef::from(&*self.listener).accept() {
            if visitor.set_nonblocking(true).is_ok() {
                // Who gets nothing any more is of a mock that is being dropped.
                let _ = self.comers.send((visitor.into(), order.comes(None)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_at_the_door_when_an_answer_goes_did_not_know_it() {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let (door, mut let_in) = Door::open(Arc::clone(&listener));
        let order = Order::default();
        let refused = order.comes(None);
        let connect = || net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _waiting = [connect(), connect()];
        door.let_in(&order);
        order.goes(refused);
        let _late = connect();
        door.let_in(&order);
        let knew = [(); 3].map(|()| order.knew(let_in.try_recv().unwrap().1, refused));
        assert_eq!(knew, [false, false, true]);
    }
}
