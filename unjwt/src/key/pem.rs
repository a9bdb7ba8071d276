//! The armour of PEM (RFC 7468), read as people have it: with a byte-order mark, indented, in one line, with
//! `\n` written out.

use base64_simd::STANDARD;
use zeroize::Zeroizing;

/// One `-----BEGIN ..-----` with its end.
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    /// `None` where `-----END ..-----` is missing.
    body: Option<&'a str>,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// The blocks of a text, whatever stands around them.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    text.split(BEGIN)
        .skip(1)
        .filter_map(|block| {
            let (label, rest) = block.split_once(DASHES)?;
            let body = rest
                .split_once(END)
                .filter(|(_, end)| end.strip_prefix(label).is_some_and(|end| end.starts_with(DASHES)));
            Some(Block { label, body: body.map(|(body, _)| body) })
        })
        .collect()
}

impl Block<'_> {
    /// Returns whether the block is cut off.
    pub(super) fn is_cut(&self) -> bool {
        self.body.is_none()
    }

    /// Returns whether the body's headers declare it encrypted (RFC 1421 §4.6.1.1), as in OpenSSL's older
    /// forms.
    pub(super) fn is_encrypted(&self) -> bool {
        self.body.is_some_and(|body| body.contains("Proc-Type:") && body.contains("ENCRYPTED"))
    }

    /// The DER; `None` if the body is not base64.
    pub(super) fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut body = self.body?;
        let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
        while let Some(first) = body.chars().next() {
            // Line breaks that an environment variable or a JSON string has as two characters.
            let escape = ["\\n", "\\r"].into_iter().find_map(|escape| body.strip_prefix(escape));
            body = escape.unwrap_or_else(|| body.get(first.len_utf8()..).unwrap_or_default());
            if escape.is_none() && !first.is_ascii_whitespace() {
                base64.push(u8::try_from(first).ok()?);
            }
        }
        let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3]);
        let len = STANDARD.decode(&base64, base64_simd::Out::from_slice(&mut der)).ok()?.len();
        der.truncate(len);
        Some(der)
    }
}

/// DER in armour, 64 characters a line.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(STANDARD.encode_to_string(der));
    let lines = base64.len().div_ceil(64);
    // Exact, so that no piece of a private key is left where the text grew out of.
    let mut pem = String::with_capacity(
        base64.len() + lines + BEGIN.len() + END.len() + 2 * (label.len() + DASHES.len() + 1),
    );
    pem.extend([BEGIN, label, DASHES, "\n"]);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.extend([line, "\n"]);
        rest = more;
    }
    pem.extend([END, label, DASHES, "\n"]);
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Option<Vec<u8>> {
        let blocks = blocks(text);
        assert_eq!(blocks.len(), 1, "{text:?}");
        blocks[0].decode().map(|der| der.to_vec())
    }

    #[test]
    fn every_length_survives() {
        for len in 0..200 {
            let der: Vec<u8> = (0..len).collect();
            let pem = encode("SOME KEY", &der);
            assert!(pem.lines().all(|line| line.len() <= 64));
            assert_eq!((pem.capacity(), only(&pem)), (pem.len(), Some(der)));
        }
    }

    #[test]
    fn white_space_is_passed_over_and_nothing_else() {
        let pem = encode("KEY", &[7; 100]);
        for text in [
            pem.replace('\n', "\r\n"),
            pem.replace('\n', "\\n"),
            pem.replace('\n', "\\r\\n"),
            pem.replace('\n', " "),
            pem.replace('\n', "\n    "),
            format!("\u{feff}{pem}"),
            format!("# a comment\n{pem}trailing words"),
        ] {
            assert_eq!(only(&text), Some(vec![7; 100]), "{text:?}");
        }
        for (from, to) in [("BwcH", "Bw*H"), ("BwcH", "BwcHB"), ("BwcH", "é"), ("BwcH", "\\t")] {
            assert_eq!(only(&pem.replacen(from, to, 1)), None, "{to}");
        }
    }

    #[test]
    fn a_block_that_is_cut_is_seen() {
        let pem = encode("KEY", &[7; 100]);
        for text in [&pem[..pem.len() - 7], &pem.replace("END KEY", "END OTHER KEY")] {
            let blocks = blocks(text);
            assert!(blocks.len() == 1 && blocks[0].is_cut() && blocks[0].decode().is_none(), "{text:?}");
        }
    }
}
