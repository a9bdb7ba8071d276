//! The hooks of another session, which ask for one whose token is kept.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use unjwt::hooks::{Failure, HookResult, Read};
use unjwt::{ErrorKind, Session, SessionHandle, SessionState, Tokens};

use crate::programs::{browser, finish, key, request, request_to};
use crate::support::store::FaultyStore;
use crate::support::{Browser, TestClock};

#[derive(Clone, Debug, Default, Serialize, Deserialize, Session)]
#[session(
    jwe,
    name = "login",
    max_age = "7D",
    version = 1,
    revocable(by(user)),
    state = App,
    hooks(on_error = told)
)]
struct Login {
    user: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "login", max_age = "7D", version = 2, migrate(_), revocable(by(user)))]
struct NewLogin {
    user: u64,
    org: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jwe, name = "cart", max_age = "7D", state = App, hooks(on_read = read))]
struct Cart {
    items: u64,
}

#[derive(Clone, SessionState)]
struct App {
    login: SessionHandle<Login>,
    cart: SessionHandle<Cart>,
    write: Write,
    /// The login's hook asks for the cart in turn.
    asks_back: bool,
    said: Arc<Mutex<Vec<Result<(), ErrorKind>>>>,
}

/// The write of the cart's hook.
#[derive(Clone, Copy, Debug)]
enum Write {
    Replace,
    Update,
    Take,
    Clear,
}

async fn read(event: Read<'_, Cart>) -> HookResult {
    let login = event.other::<Login>().await?;
    let written = match event.state().write {
        Write::Replace => login.replace(Login { user: 1 }).await.map(drop),
        Write::Update => login.update_or_default(|login| login.user = 2).await.map(drop),
        Write::Take => login.take().await.map(drop),
        Write::Clear => login.clear().await,
    };
    event.state().said.lock().unwrap().push(written.map_err(|error| error.kind()));
    Ok(())
}

async fn told(event: Failure<'_, Login>) -> HookResult {
    if event.state().asks_back && !event.is_write() {
        event.other::<Cart>().await?;
    }
    Ok(())
}

struct Service {
    clock: TestClock,
    store: FaultyStore,
    new: Tokens<NewLogin>,
}

impl Service {
    fn new() -> Self {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        let new = NewLogin::config(key()).clock(clock.read()).store(store.clone()).build().unwrap();
        Self { clock, store, new }
    }

    fn old(&self, write: Write, asks_back: bool) -> App {
        let login = Login::config(key()).clock(self.clock.read()).store(self.store.clone());
        let cart = Cart::config(key()).clock(self.clock.read());
        unjwt::build((login, cart), |(login, cart)| App {
            login,
            cart,
            write,
            asks_back,
            said: Arc::default(),
        })
        .unwrap()
    }

    /// A browser with a newer login, and with a cart.
    async fn browser(&self, app: &App) -> Browser {
        let token = self.new.seal(&NewLogin { user: 7, org: 1 }).await.unwrap().token;
        let mut browser = browser("login", &token);
        let cart = Browser::with(&app.cart.cookie_header(&Cart { items: 1 }).unwrap());
        browser.cookies.extend(cart.cookies);
        browser
    }

    /// The answer of the new program once it has asked the store again.
    async fn is_alive(&self, browser: &Browser) -> bool {
        self.clock.seconds(120);
        self.new.get(&request(browser)).await.unwrap().is_some_and(|login| login.data.org == 1)
    }
}

#[tokio::test]
async fn another_session_s_hook_neither_overwrites_nor_removes_nor_ends_a_newer_login() {
    let service = Service::new();
    for write in [Write::Replace, Write::Update, Write::Take, Write::Clear] {
        let app = service.old(write, false);
        let mut browser = service.browser(&app).await;
        let reading = request_to(&browser, &app);
        assert!(app.cart.manager(&reading).await.unwrap().current().is_some(), "{write:?}");
        assert_eq!(*app.said.lock().unwrap(), [Ok(())], "{write:?}: it counts in the request");
        assert!(finish(&reading, &mut browser).is_empty(), "{write:?}");
        assert!(service.is_alive(&browser).await, "{write:?}");
    }
}

#[tokio::test]
async fn what_another_session_s_hook_writes_is_for_the_request_alone() {
    for (write, user) in [(Write::Replace, 1), (Write::Update, 2)] {
        let service = Service::new();
        let app = service.old(write, false);
        let mut browser = service.browser(&app).await;
        let reading = request_to(&browser, &app);
        app.cart.manager(&reading).await.unwrap();
        let login = app.login.manager(&reading).await.unwrap();
        assert_eq!(login.require().unwrap().data.user, user);
        let error = login.update_with(|login| login.user = 3).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerVersion);
        assert!(finish(&reading, &mut browser).is_empty());
        assert!(service.new.logins().list(NewLogin::by_user(&user)).await.unwrap().is_empty());
        // A login of the handler is one, and ends the newer one.
        let newer = browser.clone();
        let writing = request_to(&browser, &app);
        app.cart.manager(&writing).await.unwrap();
        app.login.manager(&writing).await.unwrap().replace(Login { user: 9 }).await.unwrap();
        assert_eq!(finish(&writing, &mut browser).len(), 1);
        assert!(!service.is_alive(&newer).await);
    }
}

/// The cart's hook asks for the login, whose own hook asks for the cart: nothing is known of the login's token then.
#[tokio::test]
async fn hooks_that_ask_for_each_other_neither_overwrite_nor_remove_nor_end_a_newer_login() {
    for (write, expected) in [
        (Write::Replace, Err(ErrorKind::Conflict)),
        (Write::Update, Err(ErrorKind::Conflict)),
        (Write::Take, Ok(())),
        (Write::Clear, Err(ErrorKind::Conflict)),
    ] {
        for reads_the_login in [false, true] {
            let service = Service::new();
            let app = service.old(write, true);
            let mut browser = service.browser(&app).await;
            let reading = request_to(&browser, &app);
            app.cart.manager(&reading).await.unwrap();
            assert_eq!(*app.said.lock().unwrap(), [expected], "{write:?}");
            if reads_the_login {
                app.login.manager(&reading).await.unwrap();
            }
            let sent = finish(&reading, &mut browser);
            assert!(sent.is_empty(), "{write:?}: {sent:?}");
            assert!(service.is_alive(&browser).await, "{write:?}");
        }
    }
}
