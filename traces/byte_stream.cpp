#include "traces/byte_stream.hpp"

#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "model/core/error.hpp"
#include "traces/handles.hpp"

namespace blkpath {
namespace {

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr std::size_t kChunk = 1 << 10;  // fuzzers cross the ends of buffers, and start faster
#else
constexpr std::size_t kChunk = 1 << 18;
#endif

class FileInput final : public ByteInput {
 public:
  FileInput(std::string name, int fd, StopReading stop)
      : ByteInput(std::move(name)), fd_(fd), stop_(std::move(stop)) {
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    struct stat info {};
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) stop_ = {};  // keeps nobody waiting
  }

 protected:
  std::size_t fill(std::span<char> out) override {
    for (;;) {
      if (stop_) wait();
      const ssize_t n = ::read(fd_.get(), out.data(), out.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), name());
    }
  }

 private:
  /// Until there is something to read, its end and errors included.
  void wait() const {
    constexpr int kLook = 100;  // ms; a signal that comes before poll() does not end it
    pollfd wanted{fd_.get(), POLLIN, 0};
    for (int ready = 0; ready == 0 || (ready < 0 && errno == EINTR); ready = ::poll(&wanted, 1, kLook))
      if (stop_()) throw ReadStopped(name());
  }

  Descriptor fd_;
  StopReading stop_;
};

class MemoryInput final : public ByteInput {
 public:
  MemoryInput(std::string name, std::string_view bytes) : ByteInput(std::move(name)), left_(bytes) {}

 protected:
  std::size_t fill(std::span<char> out) override {
    const std::size_t n = std::min(out.size(), left_.size());
    std::memcpy(out.data(), left_.data(), n);
    left_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view left_;
};

/// What another input holds, decompressed by libarchive, which knows the four formats by their first bytes.
class DecompressedInput final : public ByteInput {
 public:
  explicit DecompressedInput(std::unique_ptr<ByteInput> from)
      : ByteInput(from->name()), from_(std::move(from)), archive_(archive_read_new()), chunk_(kChunk) {
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_filter_bzip2(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());  // a compressed file of no bytes
    const auto more = [](archive*, void* self, const void** bytes) -> la_ssize_t {
      auto& in = *static_cast<DecompressedInput*>(self);
      *bytes = in.chunk_.data();
      return static_cast<la_ssize_t>(in.from_->read(in.chunk_));
    };
    if (archive_read_open(archive_.get(), this, nullptr, more, nullptr) != ARCHIVE_OK) fail();
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    empty_ = status == ARCHIVE_EOF;
    if (status != ARCHIVE_OK && !empty_) fail();
  }

 protected:
  std::size_t fill(std::span<char> out) override {
    if (empty_) return 0;
    const la_ssize_t n = archive_read_data(archive_.get(), out.data(), out.size());
    if (n < 0) fail();
    return static_cast<std::size_t>(n);
  }

 private:
  [[noreturn]] void fail() const {
    const char* why = archive_error_string(archive_.get());
    throw ConfigError({name(), 0}, "",
                      fmt::format("cannot be decompressed: {}", why ? why : "unknown reason"));
  }
  std::unique_ptr<ByteInput> from_;
  Archive archive_;
  std::vector<char> chunk_;
  bool empty_ = false;
};

bool is_compressed(std::string_view head) {
  using namespace std::string_view_literals;
  return head.starts_with("\x1f\x8b"sv) ||
         head.starts_with(
             "\xfd"
             "7zXZ\0"sv) ||
         head.starts_with("\x28\xb5\x2f\xfd"sv) ||
         (head.starts_with("BZh"sv) && head.size() > 3 && head[3] >= '1' && head[3] <= '9');
}

std::unique_ptr<ByteInput> decompressed(std::unique_ptr<ByteInput> in) {
  if (!is_compressed(in->peek(6))) return in;
  return std::make_unique<DecompressedInput>(std::move(in));
}

[[noreturn]] void cannot_read(const std::string& path, const std::string& why) {
  throw ConfigError({}, "", fmt::format("cannot read '{}': {}", path, why));
}

}  // namespace

bool ByteInput::refill(std::size_t n) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < std::max(n, kChunk)) buffer_.resize(std::max(n, kChunk));
  while (end_ < n && !ended_) {
    const std::size_t got = fill({buffer_.data() + end_, buffer_.size() - end_});
    ended_ = got == 0;
    end_ += got;
  }
  return end_ > 0;
}

std::string_view ByteInput::peek(std::size_t n) {
  if (end_ - begin_ < n && !ended_) refill(n);
  return {buffer_.data() + begin_, std::min(n, end_ - begin_)};
}

std::size_t ByteInput::read(std::span<char> out) {
  std::size_t got = std::min(out.size(), end_ - begin_);
  std::memcpy(out.data(), buffer_.data() + begin_, got);
  begin_ += got;
  while (got < out.size() && !ended_) {
    const std::size_t n = fill(out.subspan(got));
    ended_ = n == 0;
    got += n;
  }
  return got;
}

void ByteInput::skip(std::size_t n) { begin_ += std::min(n, end_ - begin_); }

std::unique_ptr<ByteInput> ByteInput::open(const std::string& path, StopReading stop) {
  if (path == "-")
    return decompressed(std::make_unique<FileInput>("standard input", STDIN_FILENO, std::move(stop)));
  // Opening a named pipe waits for its writer, unless it is told not to.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (stop ? O_NONBLOCK : 0));
  if (fd < 0) cannot_read(path, std::generic_category().message(errno));
  auto file = std::make_unique<FileInput>(path, fd, std::move(stop));
  fcntl(fd, F_SETFL, 0);
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
    cannot_read(path, "it is a folder; a trace is one file");
  return decompressed(std::move(file));
}

std::unique_ptr<ByteInput> ByteInput::from(std::string_view bytes, const std::string& name) {
  return decompressed(std::make_unique<MemoryInput>(name, bytes));
}

}  // namespace blkpath
