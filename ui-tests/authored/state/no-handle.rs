use unjwt::SessionState;

#[derive(SessionState)]
struct App {
    name: String,
}

fn main() {
    let _ = App { name: String::new() };
}
