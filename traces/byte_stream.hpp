/// Bytes in and out: files, pipes, and transparent gzip, xz, zstd and bzip2.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace blkpath {

/// Asked a few times a second while a pipe or a terminal gives nothing; true: give up waiting.
using StopReading = std::function<bool()>;

/// Thrown where a StopReading said so.
struct ReadStopped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that is read from its beginning to its end, decompressed on the way when its first bytes are those
/// of gzip, xz, zstd or bzip2. Memory does not depend on its length.
class ByteInput {
 public:
  virtual ~ByteInput() = default;

  /// @param path  "-": standard input
  /// @param stop  may be empty: waits for as long as it takes
  /// @throws      ConfigError when it cannot be opened, ReadStopped here and later
  static std::unique_ptr<ByteInput> open(const std::string& path, StopReading stop = {});
  /// From memory, for tests and fuzzers. `bytes` is not copied; it is decompressed like a file.
  static std::unique_ptr<ByteInput> from(std::string_view bytes, const std::string& name);

  /// The next bytes, without taking them; fewer than `n` only at the end.
  std::string_view peek(std::size_t n);
  /// Takes up to `out.size()` bytes; fewer only at the end.
  /// @throws std::runtime_error, naming the file, when it cannot be read or is not what it claims to be
  std::size_t read(std::span<char> out);
  /// As peek, then drop: takes `n` bytes that peek has shown.
  void skip(std::size_t n);

  const std::string& name() const { return name_; }

 protected:
  explicit ByteInput(std::string name) : name_(std::move(name)) {}
  /// Up to `out.size()` bytes; 0 at the end only.
  virtual std::size_t fill(std::span<char> out) = 0;

 private:
  bool refill(std::size_t n);

  std::string name_, buffer_;
  std::size_t begin_ = 0, end_ = 0;  ///< what buffer_ holds
  bool ended_ = false;
};

/// A file that is written from its beginning to its end; compressed when its name ends in .gz, .xz, .zst or
/// .bz2.
class ByteOutput {
 public:
  virtual ~ByteOutput() = default;

  /// @param path  "-": standard output
  /// @throws      ConfigError when it cannot be created
  static std::unique_ptr<ByteOutput> open(const std::string& path);
  /// Appends to `out`, which must outlive it.
  static std::unique_ptr<ByteOutput> into(std::string& out);

  /// @throws std::system_error naming the file
  virtual void write(std::string_view bytes) = 0;
  /// What was written is in the operating system's hands.
  virtual void flush() {}
  /// Writes what is left. Without it a compressed file is not complete.
  virtual void close() = 0;
};

}  // namespace blkpath
