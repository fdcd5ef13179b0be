// A server with fixed events, for tests of the library over the network. It listens on 127.0.0.1, prints
// "listening on http://127.0.0.1:PORT" and stops at SIGTERM or SIGINT.
//
// Options: --port N, --ping-interval MS, --ping-timeout MS, --connect-timeout MS, --upgrade-timeout MS,
// --attachment-timeout MS, --stall MS, --max-payload BYTES, --max-packet BYTES, --max-buffered BYTES,
// --max-sessions N, --max-unjoined-per-connection N, --max-unjoined-per-address N, --max-namespaces N,
// --max-rooms N, --max-waiting N, --loops N, --allow-origin ORIGIN, --refuse-header NAME, --polling-only,
// --websocket-only, --no-upgrades.
// With --websocket-echo the server is a plain WebSocket echo on every path, and nothing else.
//
// Namespace / (on connection the client gets the event `auth` with its auth object):
//   message …            emits message-back with the same arguments
//   message-with-ack …   answers with the same arguments
//   echo …               the same
//   sum a b              answers the sum
//   void                 answers without arguments
//   binary data          emits binary-back with the bytes reversed, answers their number
//   join room, leave room, rooms          answer the rooms, sorted
//   to-room room text    room-message room text, to the others in the room
//   in-room room text    the same, to all in the room
//   to-rooms rooms text  the same, to the others in any of the rooms
//   except room text     except-message text, to all that are not in the room
//   broadcast text       broadcast-message text, to all others
//   all text             all-message text, to all
//   order n              n 0, n 1, …, to all; answers n
//   volatile n           volatile-message 0, 1, …, to the client; answers n
//   volatile-room room n     volatile-message 0, 1, …, to the room; answers n
//   flood n size         flood i text, n times, to the client
//   ask value ms         asks the client "question value"; answers {"answer"} or {"failure"}
//   ask-room room value ms   asks the room; answers {"answers", "missing"}
//   fail, fail-ack code message           throw
//   slow ms value        answers the value after a while
//   late-join room       joins, then emits joined room to the room
//   fetch room           answers how many sockets are in the room ("" for all)
//   move-all from to     those in the one room go to the other
//   kick room close      disconnects those in the room
//   bye close            disconnects the client
//   watch                from now on the client gets gone id reason rooms for all sockets that end
//   set key text, get key    what is kept with the socket
//   who                  answers id, namespace, transport, path and origin
//   transport            answers the transport
//   forbidden            refused by middleware
//   count-any            answers how many events came before
//   close-server         ends all sessions
// /custom emits auth. /locked admits clients that send {"token": "open"}. /slow-middleware admits clients after auth.ms milliseconds.
// /dyn-N and /fn-…: name answers the namespace, all text emits all-message text. /echo emits everything back.

import Hummingbird
import HummingbirdCore
import Logging
import NIOPosix
import SocketIO

let arguments = try ServerArguments(CommandLine.arguments.dropFirst())
var logger = Logger(label: "socketio-test-server")
logger.logLevel = .error
let io = SocketIOServer(arguments.options, logger: logger)
addDefaultNamespace(to: io)
addOtherNamespaces(to: io)

let app = Application(
    router: Router(),
    server: arguments.isWebSocketEcho ? .webSocketEcho : .socketIO(io),
    configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: arguments.port)),
    onServerRunning: { channel in
        print("listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        flushOutput()
    },
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: arguments.loops)),
    logger: logger)
try await app.runService()
