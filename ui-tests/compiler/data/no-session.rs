use unjwt::SessionManager;

struct Token {}

async fn handler(_: SessionManager<Token>) {}

fn main() {
    let _ = handler;
}
