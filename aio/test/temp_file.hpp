/// For tests: a file that is gone afterwards, on a file system with O_DIRECT where there is one.
#pragma once
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace blkpath {

class TempFile {
 public:
  /// @param bytes  of zeros
  explicit TempFile(std::int64_t bytes = 0) : path_(::testing::TempDir() + "blkpath-aio-XXXXXX") {
    const int fd = mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    const std::string zeros(1 << 16, '\0');
    for (std::int64_t done = 0; done < bytes;) {
      const ssize_t n =
          pwrite(fd, zeros.data(),
                 std::min<std::size_t>(zeros.size(), static_cast<std::size_t>(bytes - done)), done);
      if (n <= 0) break;
      done += n;
    }
    close(fd);
  }
  ~TempFile() { unlink(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  const std::string& path() const { return path_; }
  int open(int flags) const { return ::open(path_.c_str(), flags | O_CLOEXEC); }
  bool has_direct() const {
    const int fd = open(O_RDWR | O_DIRECT);
    if (fd >= 0) close(fd);
    return fd >= 0;
  }
  /// A name for a file beside it that does not exist.
  std::string beside(const std::string& ending) const { return path_ + ending; }

 private:
  std::string path_;
};

}  // namespace blkpath
