#include "cli/client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/check.h"

namespace slipway::cli {
namespace {

constexpr long connect_seconds = 5;
constexpr long answer_seconds = 120;
// An event stream says ":" every 15 s; three of them missed is a daemon that hangs.
constexpr long silent_seconds = 45;
constexpr std::size_t longest_answer = 64U << 20;

Failure failure_of(long status, const std::string& body) {
  const auto json = parse_json(body);
  if (!json || !json->is_object() || !json->contains("detail") || !(*json)["detail"].is_string())
    return Error{ErrorKind::internal, fmt::format("the daemon answered {} without saying why", status)};
  const auto member = json->find("kind");
  const bool said = member != json->end() && member->is_string();
  const ErrorKind unsaid = status < 500 ? ErrorKind::invalid_input : ErrorKind::internal;
  const ErrorKind kind = said ? kind_named(member->get<std::string>()) : unsaid;
  Failure failure(Error{kind, (*json)["detail"].get<std::string>()});
  failure.details = *json;
  return failure;
}

}  // namespace

// One request with its answer. The callbacks are C's: nothing is thrown through them.
struct Client::Call {
  CURL* curl = curl_easy_init();
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::string body;
  const Source* source = nullptr;
  std::optional<Error> source_error;
  const Listener* listener = nullptr;
  bool enough = false;
  bool changes = false;  // something at the daemon: an answer that is lost leaves a doubt

  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }

  template <class T>
  void set(CURLoption option, T value) {
    if (curl != nullptr) CHECK(curl_easy_setopt(curl, option, value) == CURLE_OK);
  }
  void header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
  long status() const {
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
    Call& call = *static_cast<Call*>(self);
    if (call.listener != nullptr && call.status() == 200) {
      call.enough = !call.listener->takes({bytes, size});
      return call.enough ? 0 : size;
    }
    if (call.body.size() + size > longest_answer) return 0;
    call.body.append(bytes, size);
    return size;
  }
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
    Call& call = *static_cast<Call*>(self);
    if (call.listener != nullptr && std::string_view(bytes, size) == "\r\n" && call.status() == 200)
      call.listener->begins();
    return size;
  }
  static std::size_t on_upload(char* bytes, std::size_t, std::size_t size, void* self) {
    Call& call = *static_cast<Call*>(self);
    auto read = (*call.source)(bytes, size);
    if (read) return *read;
    call.source_error = std::move(read.error());
    return CURL_READFUNC_ABORT;
  }
};

Client::Client(std::filesystem::path data) : data_(std::move(data)) {}
Client::~Client() = default;

Failure Client::unreachable(std::string_view why) const {
  const std::string socket = (data_ / "slipway.sock").string();
  return Failure(Exit::unreachable,
                 Error{ErrorKind::unavailable,
                       fmt::format("no daemon answers at {} ({}); start one with: slipway serve --data {}",
                                   socket, why, data_.string())});
}

Outcome<std::string> Client::socket_path() {
  const std::filesystem::path socket = data_ / "slipway.sock";
  if (socket.native().size() < sizeof(sockaddr_un::sun_path)) return socket.string();
  if (!folder_) folder_ = os::Fd(::open(data_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_) return std::unexpected(unreachable(std::strerror(errno)));
  return fmt::format("/proc/self/fd/{}/slipway.sock", folder_.get());
}

Outcome<void> Client::perform(Call& call, const std::string& path) {
  if (call.curl == nullptr) return fail(ErrorKind::internal, "libcurl could not be started");
  TRY(const std::string socket, socket_path());
  call.set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  call.set(CURLOPT_URL, ("http://slipway" + path).c_str());
  call.set(CURLOPT_PROXY, "");
  call.set(CURLOPT_NOSIGNAL, 1L);
  call.set(CURLOPT_CONNECTTIMEOUT, connect_seconds);
  call.set(CURLOPT_ERRORBUFFER, call.error.data());
  call.set(CURLOPT_WRITEFUNCTION, &Call::on_body);
  call.set(CURLOPT_WRITEDATA, static_cast<void*>(&call));
  call.set(CURLOPT_HEADERFUNCTION, &Call::on_header);
  call.set(CURLOPT_HEADERDATA, static_cast<void*>(&call));
  call.header("Expect:");  // the answer to it is one more round for nothing, here
  call.set(CURLOPT_HTTPHEADER, call.headers);
  const CURLcode code = curl_easy_perform(call.curl);
  if (call.source_error) return std::unexpected(Failure(std::move(*call.source_error)));
  if (code == CURLE_COULDNT_CONNECT) {
    long number = 0;
    curl_easy_getinfo(call.curl, CURLINFO_OS_ERRNO, &number);
    return std::unexpected(
        unreachable(number != 0 ? std::strerror(static_cast<int>(number)) : "it doesn't take connections"));
  }
  const bool early_answer = call.status() >= 400 && !call.body.empty();
  if (code != CURLE_OK && !call.enough && !early_answer) {
    const std::string why = call.error[0] != '\0' ? call.error.data() : curl_easy_strerror(code);
    if (call.changes)
      return fail_with(
          Exit::unreachable, ErrorKind::outcome_unknown,
          "the daemon went away before it answered ({}): what was asked may have been done; look with: "
          "slipway status",
          why);
    return std::unexpected(unreachable(why));
  }
  if (call.status() >= 400) return std::unexpected(failure_of(call.status(), call.body));
  return {};
}

Outcome<Answer> Client::get(const std::string& path, std::chrono::seconds at_most) {
  Call call;
  call.set(CURLOPT_TIMEOUT, static_cast<long>(at_most.count()));
  TRY_VOID(perform(call, path));
  TRY(Json body, parse_json(call.body));
  return Answer{call.status(), std::move(body)};
}

Outcome<Answer> Client::post(const std::string& path, const Json& body) {
  Call call;
  call.changes = true;
  const std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  call.header("Content-Type: application/json");
  call.set(CURLOPT_TIMEOUT, answer_seconds);
  call.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  call.set(CURLOPT_POSTFIELDS, text.c_str());
  TRY_VOID(perform(call, path));
  TRY(Json answer, parse_json(call.body));
  return Answer{call.status(), std::move(answer)};
}

Outcome<Answer> Client::put(const std::string& path, const Source& source) {
  Call call;
  call.source = &source;
  call.header("Content-Type: application/octet-stream");
  call.header("Transfer-Encoding: chunked");
  call.set(CURLOPT_UPLOAD, 1L);
  call.set(CURLOPT_READFUNCTION, &Call::on_upload);
  call.set(CURLOPT_READDATA, static_cast<void*>(&call));
  call.set(CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
  TRY_VOID(perform(call, path));
  TRY(Json answer, parse_json(call.body));
  return Answer{call.status(), std::move(answer)};
}

Outcome<void> Client::stream(const std::string& path, const Listener& listener) {
  Call call;
  call.listener = &listener;
  for (const std::string& line : listener.headers) call.header(line);
  if (path.find("/events") != std::string::npos) {
    call.set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    call.set(CURLOPT_LOW_SPEED_TIME, silent_seconds);
  }
  return perform(call, path);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace slipway::cli
