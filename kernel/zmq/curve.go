package zmq

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// A key is a public or a secret key of Curve25519.
type key = [32]byte

// A pair is a public key with its secret one.
type pair struct{ public, secret key }

func newPair() pair {
	public, secret, err := box.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return pair{*public, *secret}
}

// A curve is what one end of an encrypted connection knows before it meets the other: the server its own pair, a client a pair of
// its own and the server's public key.
type curve struct {
	own    pair
	server *key // nil on the server
}

// curve returns the server's end of c's encryption; nil when c is not encrypted.
func (c Connection) curve() (*curve, error) {
	if c.CurvePublicKey == "" && c.CurveSecretKey == "" {
		return nil, nil
	}
	if c.CurvePublicKey == "" || c.CurveSecretKey == "" {
		return nil, errors.New("curve_publickey and curve_secretkey belong together, and one is missing")
	}
	var k curve
	for _, field := range []struct {
		name, text string
		to         *key
	}{{"curve_publickey", c.CurvePublicKey, &k.own.public}, {"curve_secretkey", c.CurveSecretKey, &k.own.secret}} {
		var err error
		if *field.to, err = parseKey(field.text); err != nil {
			return nil, fmt.Errorf("%s %w", field.name, err)
		}
	}
	public, err := curve25519.X25519(k.own.secret[:], curve25519.Basepoint)
	if err != nil || subtle.ConstantTimeCompare(public, k.own.public[:]) == 0 {
		return nil, errors.New("curve_publickey is not the public key of curve_secretkey")
	}
	return &k, nil
}

// client is the other end: a new pair, and the public key of k.
func (k *curve) client() *curve {
	if k == nil {
		return nil
	}
	return &curve{own: newPair(), server: &k.own.public}
}

// z85 are the digits of the text form of keys (https://rfc.zeromq.org/spec/32/).
const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// parseKey reads a key in its text form: five digits of base 85 for each four bytes.
func parseKey(text string) (k key, err error) {
	if len(text) != 40 {
		return k, fmt.Errorf("has %d characters, not 40", len(text))
	}
	for i := range 8 {
		var n uint64
		for _, digit := range []byte(text[5*i : 5*i+5]) {
			d := strings.IndexByte(z85, digit)
			if d < 0 {
				return k, fmt.Errorf("has the character %q, which Z85 does not have", digit)
			}
			n = 85*n + uint64(d)
		}
		if n>>32 != 0 {
			return k, errors.New("is not Z85: five of its characters are more than four bytes")
		}
		binary.BigEndian.PutUint32(k[4*i:], uint32(n))
	}
	return k, nil
}

// text is the text form of a key.
func text(k key) string {
	var b [40]byte
	for i := range 8 {
		n := binary.BigEndian.Uint32(k[4*i:])
		for j := 4; j >= 0; j-- {
			b[5*i+j] = z85[n%85]
			n /= 85
		}
	}
	return string(b[:])
}

// nonce is a prefix with what makes it unique: a count of 8 bytes or 16 random ones.
func nonce(prefix string, unique []byte) *[24]byte {
	var n [24]byte
	copy(n[copy(n[:], prefix):], unique)
	return &n
}

func long() []byte {
	b := make([]byte, 16)
	rand.Read(b)
	return b
}

// The sizes of what the commands of the handshake hold behind their names.
const (
	helloSize    = 2 + 72 + 32 + 8 + 64 + box.Overhead
	cookieSize   = 96
	welcomeSize  = 16 + 32 + cookieSize + box.Overhead
	vouchSize    = 16 + 64 + box.Overhead
	initiateSize = cookieSize + 8 + 32 + vouchSize + box.Overhead // and the metadata
	readySize    = 8 + box.Overhead                               // and the metadata
)

// A seal seals what one end sends and opens what it receives. Each end counts what it seals; what does not count up was not sent
// so.
type seal struct {
	shared         key
	sends, expects string // the prefixes of nonces
	sent, received uint64
}

// next is the count of what is sent next, as it travels.
func (s *seal) next() []byte {
	s.sent++
	return binary.BigEndian.AppendUint64(nil, s.sent)
}

// counts notes the count of what was received.
func (s *seal) counts(count []byte) error {
	n := binary.BigEndian.Uint64(count)
	if n <= s.received {
		return fmt.Errorf("%w: a count does not go up", Unsealed)
	}
	s.received = n
	return nil
}

// meet makes the handshake of CurveZMQ (https://rfc.zeromq.org/spec/26/): HELLO, WELCOME, INITIATE, READY. send and receive carry
// commands. Metadata is what this end says of itself; the peer's is returned.
func (k *curve) meet(metadata []byte, send func(name string, body []byte) error, receive func(name string) ([]byte, error)) (*seal, []byte, error) {
	if k.server == nil {
		return k.serve(metadata, send, receive)
	}
	return k.call(metadata, send, receive)
}

// serve is the handshake of a server. The cookie lets a server forget a client until it is back with INITIATE; this one has a
// goroutine for each and remembers, so its cookies are random.
func (k *curve) serve(metadata []byte, send func(string, []byte) error, receive func(string) ([]byte, error)) (*seal, []byte, error) {
	s := &seal{sends: "CurveZMQMESSAGES", expects: "CurveZMQMESSAGEC"}
	hello, err := receive("HELLO")
	if err != nil {
		return nil, nil, err
	}
	if len(hello) != helloSize || hello[0] != 1 || hello[1] != 0 {
		return nil, nil, fmt.Errorf("%w: HELLO of %d bytes", BadHandshake, len(hello))
	}
	client, count := key(hello[74:106]), hello[106:114]
	if err := s.counts(count); err != nil {
		return nil, nil, err
	}
	if zeros, ok := box.Open(nil, hello[114:], nonce("CurveZMQHELLO---", count), &client, &k.own.secret); !ok || !allZero(zeros) {
		return nil, nil, fmt.Errorf("%w: HELLO", Unsealed)
	}
	brief, cookie, unique := newPair(), make([]byte, cookieSize), long()
	rand.Read(cookie)
	welcome := box.Seal(unique, slices.Concat(brief.public[:], cookie), nonce("WELCOME-", unique), &client, &k.own.secret)
	if err := send("WELCOME", welcome); err != nil {
		return nil, nil, err
	}
	initiate, err := receive("INITIATE")
	if err != nil {
		return nil, nil, err
	}
	if len(initiate) < initiateSize || subtle.ConstantTimeCompare(initiate[:cookieSize], cookie) == 0 {
		return nil, nil, fmt.Errorf("%w: INITIATE of %d bytes", BadHandshake, len(initiate))
	}
	box.Precompute(&s.shared, &client, &brief.secret)
	count = initiate[cookieSize : cookieSize+8]
	if err := s.counts(count); err != nil {
		return nil, nil, err
	}
	said, ok := box.OpenAfterPrecomputation(nil, initiate[cookieSize+8:], nonce("CurveZMQINITIATE", count), &s.shared)
	if !ok {
		return nil, nil, fmt.Errorf("%w: INITIATE", Unsealed)
	}
	permanent, vouch := key(said[:32]), said[32:32+vouchSize]
	vouched, ok := box.Open(nil, vouch[16:], nonce("VOUCH---", vouch[:16]), &permanent, &brief.secret)
	if !ok || subtle.ConstantTimeCompare(vouched, slices.Concat(client[:], k.own.public[:])) == 0 {
		return nil, nil, fmt.Errorf("%w: the vouch of INITIATE", Unsealed)
	}
	count = s.next()
	return s, said[32+vouchSize:], send("READY", box.SealAfterPrecomputation(count, metadata, nonce("CurveZMQREADY---", count), &s.shared))
}

// call is the handshake of a client.
func (k *curve) call(metadata []byte, send func(string, []byte) error, receive func(string) ([]byte, error)) (*seal, []byte, error) {
	s := &seal{sends: "CurveZMQMESSAGEC", expects: "CurveZMQMESSAGES"}
	brief, count := newPair(), s.next()
	hello := slices.Concat([]byte{1, 0}, make([]byte, 72), brief.public[:], count)
	hello = box.Seal(hello, make([]byte, 64), nonce("CurveZMQHELLO---", count), k.server, &brief.secret)
	if err := send("HELLO", hello); err != nil {
		return nil, nil, err
	}
	welcome, err := receive("WELCOME")
	if err != nil {
		return nil, nil, err
	}
	if len(welcome) != welcomeSize {
		return nil, nil, fmt.Errorf("%w: WELCOME of %d bytes", BadHandshake, len(welcome))
	}
	said, ok := box.Open(nil, welcome[16:], nonce("WELCOME-", welcome[:16]), k.server, &brief.secret)
	if !ok {
		return nil, nil, fmt.Errorf("%w: WELCOME", Unsealed)
	}
	server, cookie := key(said[:32]), said[32:]
	box.Precompute(&s.shared, &server, &brief.secret)
	unique := long()
	vouch := box.Seal(unique, slices.Concat(brief.public[:], k.server[:]), nonce("VOUCH---", unique), &server, &k.own.secret)
	count = s.next()
	initiate := box.SealAfterPrecomputation(slices.Concat(cookie, count), slices.Concat(k.own.public[:], vouch, metadata),
		nonce("CurveZMQINITIATE", count), &s.shared)
	if err := send("INITIATE", initiate); err != nil {
		return nil, nil, err
	}
	ready, err := receive("READY")
	if err != nil {
		return nil, nil, err
	}
	if len(ready) < readySize {
		return nil, nil, fmt.Errorf("%w: READY of %d bytes", BadHandshake, len(ready))
	}
	if err := s.counts(ready[:8]); err != nil {
		return nil, nil, err
	}
	if said, ok = box.OpenAfterPrecomputation(nil, ready[8:], nonce("CurveZMQREADY---", ready[:8]), &s.shared); !ok {
		return nil, nil, fmt.Errorf("%w: READY", Unsealed)
	}
	return s, said, nil
}

// allZero says whether b is nothing but zeros.
func allZero(b []byte) bool {
	var or byte
	for _, c := range b {
		or |= c
	}
	return or == 0
}

const (
	messageName = "\x07MESSAGE"
	sealedMore  = len(messageName) + 8 + box.Overhead + 1 // how much longer a sealed frame is
)

// The flags of a frame, inside of its box.
const (
	innerMore    = 1
	innerCommand = 2
)

// message appends the sealed form of plain, which is the inner flags and the body of a frame.
func (s *seal) message(dst, plain []byte) []byte {
	count := s.next()
	dst = append(append(dst, messageName...), count...)
	return box.SealAfterPrecomputation(dst, plain, nonce(s.sends, count), &s.shared)
}

// open returns the inner flags and the body of a sealed frame, appended to dst.
func (s *seal) open(dst, sealed []byte) ([]byte, error) {
	count, ok := strings.CutPrefix(string(sealed[:min(len(sealed), len(messageName)+8)]), messageName)
	if !ok || len(sealed) < sealedMore {
		return nil, fmt.Errorf("%w: a frame of %d bytes", Unsealed, len(sealed))
	}
	plain, ok := box.OpenAfterPrecomputation(dst, sealed[len(messageName)+8:], nonce(s.expects, []byte(count)), &s.shared)
	if !ok {
		return nil, fmt.Errorf("%w: a message", Unsealed)
	}
	return plain, s.counts([]byte(count))
}
