#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "model/core/error.hpp"
#include "traces/byte_stream.hpp"
#include "traces/handles.hpp"

namespace blkpath {
namespace {

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

}  // namespace

std::unique_ptr<ByteOutput> ByteOutput::open(const std::string& path) {
  if (path == "-") return std::make_unique<FileOutput>("standard output", STDOUT_FILENO);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    throw ConfigError({}, "",
                      fmt::format("cannot write '{}': {}", path, std::generic_category().message(errno)));
  auto file = std::make_unique<FileOutput>(path, fd);
  if (const AddFilter add = filter_for(path))
    return std::make_unique<CompressedOutput>(std::move(file), add, path);
  return file;
}

std::unique_ptr<ByteOutput> ByteOutput::into(std::string& out) { return std::make_unique<StringOutput>(out); }

}  // namespace blkpath
