//! HAProxy.

use crate::proxy::Proxy;
use crate::service::{Service, ask_to_read, ask_to_write};

/// A head has to fit into `tune.bufsize` without `tune.maxrewrite`: 16384 bytes without 1024.
#[tokio::test]
async fn haproxy_passes_the_default_three_chunks() {
    let service = Service::start().await;
    let Some(proxy) = Proxy::haproxy(&service) else { return };
    let most = proxy.most(&service).await;
    assert!((15_000..=15_360).contains(&most.response), "{}", most.response);
    assert!((15_000..=15_360).contains(&most.cookies), "{}", most.cookies);

    let (three, four) = (service.longest(3).await, service.longest(4).await);
    assert_eq!(ask_to_write(proxy.address, three).await.status, 200);
    assert_eq!(ask_to_read(proxy.address, &service.cookies(three)).await.status, 200);
    assert_eq!(ask_to_write(proxy.address, four).await.status, 502);
    assert_eq!(ask_to_read(proxy.address, &service.cookies(four)).await.status, 400);
}
