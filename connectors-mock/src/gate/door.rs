//! Who has come and is not let in yet.

use std::{
    io,
    net::{TcpListener, TcpStream},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Order;

/// Those who were let in here, each with the place of its first request.
pub(super) type Comers = UnboundedReceiver<(TcpStream, usize)>;

/// Lets in whoever has come by now, also while the gate's thread is busy with another visitor: who came before an answer went
/// did not know it.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    comers: UnboundedSender<(TcpStream, usize)>,
}

impl Door {
    /// The door of a listener, which does not block from now on.
    pub(super) fn open(listener: &TcpListener) -> io::Result<(Self, Comers)> {
        listener.set_nonblocking(true)?;
        let (comers, let_in) = unbounded_channel();
        Ok((Self { listener: listener.try_clone()?, comers }, let_in))
    }

    /// Lets them in.
    pub(super) fn let_in(&self, order: &Order) {
        while let Ok((visitor, _)) = self.listener.accept() {
            if visitor.set_nonblocking(true).is_ok() {
                // Who gets nothing any more is of a mock that is being dropped.
                let _ = self.comers.send((visitor, order.comes(None)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_at_the_door_when_an_answer_goes_did_not_know_it() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (door, mut let_in) = Door::open(&listener).unwrap();
        let order = Order::default();
        let refused = order.comes(None);
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _waiting = [connect(), connect()];
        door.let_in(&order);
        order.goes(refused);
        let _late = connect();
        door.let_in(&order);
        let knew = [(); 3].map(|()| order.knew(let_in.try_recv().unwrap().1, refused));
        assert_eq!(knew, [false, false, true]);
    }
}
