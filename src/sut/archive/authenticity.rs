//! Whether an archive is genuine: a detached `OpenPGP` signature, or a checksum that somebody vouches for.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use std::str::FromStr;

use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey};
use pgp::packet::SignatureType;
use pgp::types::{KeyDetails as _, VerifyingKey};
use sha2::{Digest, Sha256, Sha512};

use crate::failure::{Failure, at};

/// Fingerprint of the key with which Matomo's releases are signed since early 2022 ("Matomo <hello@matomo.org>", RSA with 4096 bits), as the
/// official image checks it: <https://github.com/matomo-org/docker>.
pub const RELEASE_KEY: &str = "F529A27008477483777FC23D63BB30D0E5D2C749";

/// A SHA-256 or SHA-512 checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum(String);

impl FromStr for Checksum {
    type Err = String;

    /// Reads 64 or 128 hexadecimal digits, with `sha256:` or `sha512:` before them or not.
    fn from_str(text: &str) -> Result<Self, String> {
        let (named, digits) = text.split_once(':').map_or((None, text), |(name, digits)| (Some(name), digits));
        let wanted = match named {
            None => [64, 128].contains(&digits.len()),
            Some("sha256") => digits.len() == 64,
            Some("sha512") => digits.len() == 128,
            Some(_) => false,
        };
        if !wanted || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("neither sha256: with 64 nor sha512: with 128 hexadecimal digits".to_owned());
        }
        Ok(Self(digits.to_lowercase()))
    }
}

impl Checksum {
    /// Compares it with a file's; the file's own where they differ.
    pub fn check(&self, file: &Path) -> Result<Result<(), String>, Failure> {
        let found = if self.0.len() == 64 { digest::<Sha256>(file)? } else { digest::<Sha512>(file)? };
        Ok(if found == self.0 { Ok(()) } else { Err(found) })
    }
}

fn digest<D: Digest>(file: &Path) -> Result<String, Failure> {
    let mut reader = File::open(file).map_err(at(file, "open"))?;
    let mut hash = D::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = reader.read(&mut buffer).map_err(at(file, "read"))?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
    }
    Ok(hex::encode(hash.finalize()))
}

/// A public key whose signatures are believed.
#[derive(Debug)]
pub struct ReleaseKey(SignedPublicKey);

impl ReleaseKey {
    /// Every key in an armoured or binary file.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, String> {
        let (keys, _) = SignedPublicKey::from_reader_many(bytes).map_err(|error| error.to_string())?;
        let keys: Vec<Self> = keys.flatten().map(Self).collect();
        if keys.is_empty() { Err("there is no public key in it".to_owned()) } else { Ok(keys) }
    }

    /// Its fingerprint in upper-case hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        hex::encode_upper(self.0.primary_key.fingerprint().as_bytes())
    }

    /// Whether it, or a signing key that it vouches for, made this signature over the file.
    fn signed(&self, signature: &DetachedSignature, file: &Path) -> Result<bool, Failure> {
        let holds = |key: &dyn Fn(BufReader<File>) -> bool| Ok(key(BufReader::new(File::open(file).map_err(at(file, "open"))?)));
        if holds(&|data| verifies(signature, &self.0.primary_key, data))? {
            return Ok(true);
        }
        for subkey in &self.0.public_subkeys {
            let may_sign = subkey.signatures.iter().any(|binding| binding.key_flags().sign());
            let bound = may_sign && subkey.verify_bindings(&self.0.primary_key).is_ok();
            if bound && holds(&|data| verifies(signature, &subkey.key, data))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn verifies(signature: &DetachedSignature, key: &impl VerifyingKey, data: BufReader<File>) -> bool {
    signature.signature.typ() == Some(SignatureType::Binary) && signature.signature.verify(key, data).is_ok()
}

/// Whether one of the keys signed the file. An error of the inner kind says why not.
pub fn check_signature(file: &Path, signature: &[u8], keys: &[ReleaseKey]) -> Result<Result<(), String>, Failure> {
    let signatures: Vec<DetachedSignature> = match DetachedSignature::from_reader_many(signature) {
        Ok((signatures, _)) => signatures.flatten().collect(),
        Err(error) => return Ok(Err(format!("the signature cannot be read: {error}"))),
    };
    for signature in &signatures {
        for key in keys {
            if key.signed(signature, file)? {
                return Ok(Ok(()));
            }
        }
    }
    let known: Vec<String> = keys.iter().map(ReleaseKey::fingerprint).collect();
    Ok(Err(format!("no signature on it was made with {}", known.join(" or "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_has_the_digits_of_its_kind() {
        let long = "a".repeat(128);
        for fine in ["b".repeat(64), format!("sha256:{}", "B".repeat(64)), long.clone(), format!("sha512:{long}")] {
            fine.parse::<Checksum>().expect(&fine);
        }
        for wrong in ["", "sha256:", "md5:d41d8cd98f00b204e9800998ecf8427e", &format!("sha256:{long}"), &"g".repeat(64)] {
            assert!(wrong.parse::<Checksum>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_checksum_is_that_of_the_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "abc").expect("a file");
        let known: Checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".parse().expect("FIPS 180-2's example");
        assert_eq!(known.check(&file).expect("it can be read"), Ok(()));
        std::fs::write(&file, "abd").expect("a file");
        assert!(known.check(&file).expect("it can be read").is_err());
    }
}
