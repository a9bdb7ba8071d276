use unjwt::Session;

#[derive(Clone, Copy, Session)]
#[session(jwe)]
union Token {
    a: u8,
    b: i8,
}

fn main() {}
