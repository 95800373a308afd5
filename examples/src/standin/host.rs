//! What serves a stand-in.

use std::io;

use axum::Router;
use tokio::{net::TcpListener, sync::watch};
use url::Url;

/// A free port of 127.0.0.1, at which nobody serves yet: a stand-in may want to know its address before.
pub(super) struct Port {
    listener: TcpListener,
    base_url: Url,
    running: watch::Sender<()>,
}

/// A stand-in's server. It runs until this is dropped.
#[derive(Debug)]
pub(super) struct Host {
    base_url: Url,
    _running: watch::Sender<()>,
}

impl Port {
    pub(super) async fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = Url::parse(&format!("http://{}/", listener.local_addr()?)).map_err(io::Error::other)?;
        Ok(Self { listener, base_url, running: watch::Sender::new(()) })
    }

    pub(super) fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// Fails to wait for a change once the host is dropped.
    pub(super) fn stopped(&self) -> watch::Receiver<()> {
        self.running.subscribe()
    }

    pub(super) fn serve(self, app: Router) -> Host {
        let Self { listener, base_url, running } = self;
        let mut stopped = running.subscribe();
        let serve = axum::serve(listener, app).with_graceful_shutdown(async move {
            // Nothing is ever sent: the wait ends when the sender is dropped.
            let _ = stopped.changed().await;
        });
        tokio::spawn(serve.into_future());
        Host { base_url, _running: running }
    }
}

impl Host {
    pub(super) fn base_url(&self) -> &Url {
        &self.base_url
    }
}
