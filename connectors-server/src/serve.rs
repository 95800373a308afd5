//! Serving the router until told to stop.

use std::{
    future::{Future, IntoFuture},
    io,
    net::SocketAddr,
};

use tokio::{net::TcpListener, sync::watch};

use crate::{AppState, router};

/// Serves until `stop` is ready, then lets requests under way go on for `shutdown_timeout`.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let timeout = state.service().config().shutdown_timeout;
    let store = state.service().store().clone();
    let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (draining, mut begun) = watch::channel(false);
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.await;
        state.drain();
        draining.send_replace(true);
        tracing::info!("stopping: new requests are refused, those under way go on");
    });
    let overdue = async {
        // An error means that the server, which holds the sender, is done.
        if begun.wait_for(|begun| *begun).await.is_ok() {
            tokio::time::sleep(timeout).await;
        }
    };
    let result = tokio::select! {
        result = server.into_future() => result,
        () = overdue => {
            tracing::warn!(?timeout, "requests under way were cut off");
            Ok(())
        }
    };
    store.close().await;
    result
}

/// Is ready when the process gets SIGTERM or SIGINT.
///
/// # Errors
/// If the handlers can't be installed.
pub fn signalled() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
