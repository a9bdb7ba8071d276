use anyhow::Result;

use crate::end;
use crate::support::client::Client;
use crate::support::server::{Folder, Program};

#[test]
fn a_server_without_a_router_keeps_a_basket() -> Result<()> {
    let server =
        Program::new(env!("CARGO_BIN_EXE_plain-hyper"), &Folder::new("plain-hyper")?).arg("0").start()?;
    let mut client = Client::new(&server.url);
    let nobody = client.get("/")?;
    assert_eq!((nobody.status, nobody.set_cookies.len()), (401, 0), "{nobody:?}");

    for item in ["tea", "milk"] {
        let added = client.post(&format!("/add?{item}"))?;
        assert_eq!(added.status, 204);
        assert!(added.list("cache-control").contains(&"no-store".to_owned()), "{added:?}");
    }
    assert_eq!(client.get("/")?.body, "tea\nmilk\n");

    let elsewhere = client.request("POST", "/add?poison", &[("sec-fetch-site", "cross-site")], "")?;
    assert_eq!((elsewhere.status, elsewhere.set_cookies.len()), (403, 0), "{elsewhere:?}");
    assert_eq!(client.get("/")?.body, "tea\nmilk\n");

    assert_eq!(client.post("/empty")?.status, 204);
    assert_eq!(client.cookie("basket"), None);
    assert_eq!(client.get("/")?.status, 401);
    assert_eq!(client.get("/elsewhere")?.status, 404);
    end(server)?;
    Ok(())
}
