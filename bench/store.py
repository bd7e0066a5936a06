"""An S3 store that costs next to nothing, so that a measurement is of the client: what is uploaded is thrown away
(Linux drops it in the kernel), what is downloaded comes from files by sendfile. A thread a connection; checks nothing.

store.py <folder of objects>    prints the port it listens on
"""
import hashlib, os, re, socket, sys, threading
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

OBJECTS = os.path.realpath(sys.argv[1])
DROP = getattr(socket, 'MSG_TRUNC', 0) if sys.platform == 'linux' else 0
DATE = formatdate(usegmt=True)
WRITTEN = {}  # sizes of what was thrown away, for clients that look after it


def listing(query):
    prefix = query.get('prefix', [''])[0]
    found = sorted(
        (os.path.relpath(os.path.join(folder, name), OBJECTS), os.path.join(folder, name))
        for folder, _, names in os.walk(OBJECTS) for name in names
    )
    contents = ''.join(
        f'<Contents><Key>{key}</Key><Size>{os.path.getsize(path)}</Size><ETag>"{etag(key)}"</ETag>'
        f'<LastModified>2026-01-01T00:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents>'
        for key, path in found if key.startswith(prefix)
    )
    return (f'<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name>'
            f'<Prefix>{prefix}</Prefix><MaxKeys>100000</MaxKeys><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>')


def etag(key):
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()


def answer(connection, status, headers=(), body=b''):
    lines = [f'HTTP/1.1 {status}', f'Date: {DATE}', *headers]
    if not any(line.lower().startswith('content-length') for line in lines):
        lines.append(f'Content-Length: {len(body)}')
    connection.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode() + body)


def receive(connection, rest, length, scratch):
    """Takes a body; the first bytes of a small one are kept for those who need its text."""
    left, kept = length - len(rest), bytes(rest[:length])
    while left > 0:
        got = connection.recv_into(scratch, min(left, len(scratch)), DROP)
        if got == 0:
            raise ConnectionError
        left -= got
    return kept


def send_object(connection, method, path, key, headers):
    try:
        size = WRITTEN[key] if method == 'HEAD' and key in WRITTEN else os.stat(path if os.path.isfile(path) else '').st_size
    except OSError:
        return answer(connection, '404 Not Found', body=b'<Error><Code>NoSuchKey</Code></Error>' if method == 'GET' else b'')
    first, last, status = 0, size - 1, '200 OK'
    asked = re.match(r'bytes=(\d+)-(\d*)$', headers.get('range', ''))
    more = [f'ETag: "{etag(key)}"', f'Last-Modified: {DATE}', 'Accept-Ranges: bytes', 'Content-Type: binary/octet-stream']
    if asked:
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        status = '206 Partial Content'
        more.append(f'Content-Range: bytes {first}-{last}/{size}')
    answer(connection, status, [*more, f'Content-Length: {last - first + 1}'])
    if method == 'HEAD':
        return
    with open(path, 'rb') as file:
        while first <= last:
            first += os.sendfile(connection.fileno(), file.fileno(), first, last - first + 1)


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    scratch, rest = bytearray(1 << 20), b''
    try:
        while True:
            while b'\r\n\r\n' not in rest:
                got = connection.recv(65536)
                if not got:
                    return
                rest += got
            head, rest = rest.split(b'\r\n\r\n', 1)
            line, *fields = head.decode('latin-1').split('\r\n')
            method, target, _ = line.split(' ')
            headers = {name.lower(): value.strip() for name, value in (field.split(':', 1) for field in fields)}
            length = int(headers.get('content-length', 0))
            if headers.get('expect', '').lower() == '100-continue':
                connection.sendall(b'HTTP/1.1 100 Continue\r\n\r\n')
            receive(connection, rest, length, scratch)
            rest = rest[length:] if len(rest) > length else b''
            url = urlsplit(target)
            query = parse_qs(url.query, keep_blank_values=True)
            bucket, _, key = unquote(url.path).lstrip('/').partition('/')
            if method in ('GET', 'HEAD') and key:
                send_object(connection, method, os.path.join(OBJECTS, key), key, headers)
            elif method == 'GET' and 'location' in query:
                answer(connection, '200 OK', body=b'<LocationConstraint>us-east-1</LocationConstraint>')
            elif method == 'GET':
                answer(connection, '200 OK', ['Content-Type: application/xml'], listing(query).encode())
            elif method == 'POST' and 'uploads' in query:
                answer(connection, '200 OK', body=f'<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>'
                       '<UploadId>upload</UploadId></InitiateMultipartUploadResult>'.encode())
            elif method == 'POST':
                answer(connection, '200 OK', body=f'<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>'
                       f'<ETag>"{etag(key)}"</ETag></CompleteMultipartUploadResult>'.encode())
            else:
                if method == 'PUT':
                    WRITTEN[key] = WRITTEN.get(key, 0) * ('partNumber' in query) + length
                answer(connection, '200 OK', [f'ETag: "{etag(key)}"'])
    except (ConnectionError, OSError, ValueError):
        pass
    finally:
        connection.close()


server = socket.create_server(('127.0.0.1', 0), backlog=512)
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
