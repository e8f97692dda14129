/// Owners of what system and libarchive hand out, for byte_stream.cpp and byte_output.cpp.
#pragma once
#include <archive.h>
#include <unistd.h>

#include <memory>

namespace blkpath {

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

struct FreeArchive {
  void operator()(archive* a) const { archive_free(a); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;  // freed too when a constructor throws

}  // namespace blkpath
