#include "traces/byte_stream.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "model/core/error.hpp"

namespace blkpath {
namespace {

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr std::size_t kChunk = 1 << 10;  // fuzzers cross the ends of buffers, and start faster
#else
constexpr std::size_t kChunk = 1 << 18;
#endif

/// A descriptor, closed at the end unless it is a standard stream.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class FileInput final : public ByteInput {
 public:
  FileInput(std::string name, int fd) : ByteInput(std::move(name)), fd_(fd) {
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  }

 protected:
  std::size_t fill(std::span<char> out) override {
    for (;;) {
      const ssize_t n = ::read(fd_.get(), out.data(), out.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) throw std::system_error(errno, std::generic_category(), name());
    }
  }

 private:
  Descriptor fd_;
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

struct FreeArchive {
  void operator()(archive* a) const { archive_free(a); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;  // freed too when a constructor throws

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

class FileOutput final : public ByteOutput {
 public:
  FileOutput(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(n));
      else if (errno != EINTR)
        throw std::system_error(errno, std::generic_category(), name_);
    }
  }
  void close() override {}

 private:
  std::string name_;
  Descriptor fd_;
};

class StringOutput final : public ByteOutput {
 public:
  explicit StringOutput(std::string& out) : out_(out) {}
  void write(std::string_view bytes) override { out_.append(bytes); }
  void close() override {}

 private:
  std::string& out_;
};

using AddFilter = int (*)(archive*);

AddFilter filter_for(const std::string& path) {
  constexpr std::array<std::pair<std::string_view, AddFilter>, 4> kFilters{
      {{".gz", archive_write_add_filter_gzip},
       {".xz", archive_write_add_filter_xz},
       {".zst", archive_write_add_filter_zstd},
       {".bz2", archive_write_add_filter_bzip2}}};
  for (const auto& [ending, add] : kFilters)
    if (path.ends_with(ending)) return add;
  return nullptr;
}

class CompressedOutput final : public ByteOutput {
 public:
  CompressedOutput(std::unique_ptr<ByteOutput> to, AddFilter add_filter, std::string name)
      : to_(std::move(to)), archive_(archive_write_new()), name_(std::move(name)) {
    add_filter(archive_.get());
    archive_write_set_format_raw(archive_.get());
    archive_write_set_bytes_in_last_block(archive_.get(), 1);  // no padding
    const auto put = [](archive* a, void* self, const void* bytes, std::size_t n) -> la_ssize_t {
      try {
        static_cast<CompressedOutput*>(self)->to_->write({static_cast<const char*>(bytes), n});
        return static_cast<la_ssize_t>(n);
      } catch (const std::system_error& e) {
        archive_set_error(a, e.code().value(), "%s", e.code().message().c_str());
        return -1;
      }
    };
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    const bool ok = archive_write_open(archive_.get(), this, nullptr, put, nullptr) == ARCHIVE_OK &&
                    archive_write_header(archive_.get(), entry) == ARCHIVE_OK;
    archive_entry_free(entry);
    if (!ok) fail();
  }
  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const la_ssize_t n = archive_write_data(archive_.get(), bytes.data(), bytes.size());
      if (n < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void close() override {
    if (archive_write_close(archive_.get()) != ARCHIVE_OK) fail();
    to_->close();
  }

 private:
  [[noreturn]] void fail() const {
    const int code = archive_errno(archive_.get());
    throw std::system_error(code > 0 ? code : EIO, std::generic_category(), name_);
  }
  std::unique_ptr<ByteOutput> to_;
  Archive archive_;
  std::string name_;
};

[[noreturn]] void cannot(const char* what, const std::string& path, const std::string& why) {
  throw ConfigError({}, "", fmt::format("cannot {} '{}': {}", what, path, why));
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

std::unique_ptr<ByteInput> ByteInput::open(const std::string& path) {
  if (path == "-") return decompressed(std::make_unique<FileInput>("standard input", STDIN_FILENO));
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cannot("read", path, std::generic_category().message(errno));
  auto file = std::make_unique<FileInput>(path, fd);
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
    cannot("read", path, "it is a folder; a trace is one file");
  return decompressed(std::move(file));
}

std::unique_ptr<ByteInput> ByteInput::from(std::string_view bytes, const std::string& name) {
  return decompressed(std::make_unique<MemoryInput>(name, bytes));
}

std::unique_ptr<ByteOutput> ByteOutput::open(const std::string& path) {
  if (path == "-") return std::make_unique<FileOutput>("standard output", STDOUT_FILENO);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) cannot("write", path, std::generic_category().message(errno));
  auto file = std::make_unique<FileOutput>(path, fd);
  if (const AddFilter add = filter_for(path))
    return std::make_unique<CompressedOutput>(std::move(file), add, path);
  return file;
}

std::unique_ptr<ByteOutput> ByteOutput::into(std::string& out) { return std::make_unique<StringOutput>(out); }

}  // namespace blkpath
