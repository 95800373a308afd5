//! Serving the router until told to stop.
//!
//! It stands in for `axum::serve`, which waits for a request's head without end and takes any number of connections.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

use crate::{AppState, router};

/// How long a connection may take to send a request's head, be it idle before or not.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the database may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until `stop` is ready. Then `/readyz` fails, so that a load balancer sends nothing new; after the configured delay
/// no connection is accepted, and requests under way may go on until the configured time-out.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, state: AppState, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
    let config = state.service().config();
    let (delay, timeout) = (config.shutdown_delay, config.shutdown_timeout);
    let permits = Arc::new(Semaphore::new(config.max_connections));
    let app = router(state.clone());
    let (graceful, cut_off) = (GracefulShutdown::new(), CancellationToken::new());
    let stopped = async {
        stop.await;
        state.become_unready();
        tracing::info!(?delay, "stopping: no longer ready");
        tokio::time::sleep(delay).await;
    };
    tokio::pin!(stopped);
    loop {
        let accept = async {
            let permit = Arc::clone(&permits).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((listener.accept().await?, permit))
        };
        let ((stream, peer), permit) = tokio::select! {
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
        let connection = graceful.watch(connection(app.clone(), stream, peer));
        let cut_off = cut_off.clone();
        tokio::spawn(async move {
            tokio::select! {
                // How a connection ends is its peer's business.
                _ = connection => {}
                () = cut_off.cancelled() => {}
            }
            drop(permit);
        });
    }
    drop(listener);
    state.drain();
    tracing::info!("stopping: new requests are refused, those under way go on");
    let rest = async {
        graceful.shutdown().await;
        state.service().finish().await;
    };
    if tokio::time::timeout(timeout, rest).await.is_err() {
        cut_off.cancel();
        tracing::warn!(?timeout, "requests under way were cut off");
    }
    if tokio::time::timeout(CLOSE_TIMEOUT, state.service().store().close()).await.is_err() {
        tracing::warn!("the database was still busy at the end");
    }
    Ok(())
}

fn connection(
    app: Router,
    stream: TcpStream,
    peer: SocketAddr,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        hyper::Request<hyper::body::Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >,
> {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
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
