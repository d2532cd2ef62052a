//! A listener that can stop listening: then new connections are refused and open ones are cut.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch::Receiver,
};

/// A listener with a switch.
pub(super) struct Gate {
    listener: Option<TcpListener>,
    address: SocketAddr,
    refusing: Receiver<bool>,
}

impl Gate {
    /// Wraps a listener that is bound to `address`; call it within a runtime.
    pub(super) fn new(
        listener: std::net::TcpListener,
        address: SocketAddr,
        refusing: Receiver<bool>,
    ) -> io::Result<Self> {
        Ok(Self { listener: Some(TcpListener::from_std(listener)?), address, refusing })
    }
}

impl Listener for Gate {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Cuttable, SocketAddr) {
        loop {
            if *self.refusing.borrow_and_update() {
                self.listener = None;
                if self.refusing.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                continue;
            }
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => return (Cuttable { stream, refusing: self.refusing.clone() }, peer),
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
                changed = self.refusing.changed() => {
                    if changed.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection that breaks when its server goes away.
pub(super) struct Cuttable {
    stream: TcpStream,
    refusing: Receiver<bool>,
}

impl Cuttable {
    fn check(&self) -> io::Result<()> {
        if *self.refusing.borrow() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
