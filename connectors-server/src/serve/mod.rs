//! Serving the router until told to stop.
//!
//! It stands in for `axum::serve`, which waits for a peer without end and takes any number of connections.

mod connection;
mod connections;
mod signals;
mod stream;

use std::{future::Future, io, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use signals::Signals;

use self::connections::Connections;
use crate::{AppState, router};

/// How long the database may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until `stop` is ready. Then `/readyz` fails, so that a load balancer sends nothing new; after the configured delay
/// no connection is accepted, and requests under way may go on until the configured time-out.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, state: AppState, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
    let config = state.service().config();
    let (delay, timeout, write_timeout) = (config.shutdown_delay, config.shutdown_timeout, config.request_timeout);
    let connections = Arc::new(Connections::new(config.max_connections));
    // Whoever stops waiting for this function ends what it serves.
    let _cut_off = connections.cut_off.clone().drop_guard();
    let app = router(state.clone());
    let stop_upkeep = CancellationToken::new();
    let _stop_upkeep = stop_upkeep.clone().drop_guard();
    tokio::spawn(state.service().clone().upkeep(stop_upkeep.clone()));
    let stopped = async {
        stop.await;
        state.become_unready();
        tracing::info!(?delay, "stopping: no longer ready");
        tokio::time::sleep(delay).await;
    };
    tokio::pin!(stopped);
    loop {
        let accept = async {
            let (stream, peer) = listener.accept().await?;
            Ok::<_, io::Error>((connections.admit().await, stream, peer))
        };
        let (slot, stream, peer) = tokio::select! {
            () = &mut stopped => break,
            accepted = accept => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Too many open files, or a peer that is gone already: what is under way goes on.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        tokio::spawn(connection::run(app.clone(), stream, peer, slot, write_timeout));
    }
    drop(listener);
    stop_upkeep.cancel();
    state.drain();
    connections.stopping.cancel();
    tracing::info!("stopping: new requests are refused, those under way go on");
    let rest = async {
        connections.all_closed().await;
        state.service().finish().await;
    };
    if tokio::time::timeout(timeout, rest).await.is_err() {
        connections.cut_off.cancel();
        tracing::warn!(?timeout, "requests under way were cut off");
    }
    if tokio::time::timeout(CLOSE_TIMEOUT, state.service().store().close()).await.is_err() {
        tracing::warn!("the database was still busy at the end");
    }
    Ok(())
}
