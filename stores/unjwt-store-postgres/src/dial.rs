//! Making connections, with the type of the TLS connector erased.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config, Error, Socket};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Receives the payload of each notification.
pub(crate) type Listener = Arc<dyn Fn(&str) + Send + Sync>;

pub(crate) trait Dial: Send + Sync {
    /// Connects, and returns the client and the task that moves its bytes. The connection is closed when that task is
    /// aborted.
    fn connect<'a>(
        &'a self,
        config: &'a Config,
        listener: Option<Listener>,
    ) -> BoxFuture<'a, Result<(Client, JoinHandle<()>), Error>>;

    /// Asks the server to end the statement of a connection.
    fn cancel(&self, token: CancelToken) -> BoxFuture<'_, Result<(), Error>>;
}

/// A connector of the crate `tokio-postgres`.
pub(crate) struct With<T>(pub(crate) T);

impl<T> Dial for With<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn connect<'a>(
        &'a self,
        config: &'a Config,
        listener: Option<Listener>,
    ) -> BoxFuture<'a, Result<(Client, JoinHandle<()>), Error>> {
        Box::pin(async move {
            let (client, mut connection) = config.connect(self.0.clone()).await?;
            let task = tokio::spawn(async move {
                // An error ends the connection, which its client reports to whoever uses it.
                while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
                    if let (AsyncMessage::Notification(notice), Some(listener)) = (message, &listener) {
                        listener(notice.payload());
                    }
                }
            });
            Ok((client, task))
        })
    }

    fn cancel(&self, token: CancelToken) -> BoxFuture<'_, Result<(), Error>> {
        let tls = self.0.clone();
        Box::pin(async move { token.cancel_query(tls).await })
    }
}
