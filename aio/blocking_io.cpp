#include "aio/blocking_io.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace blkpath {
namespace {

int discard(const AioRequest& r) {
  struct stat info {};
  if (fstat(r.fd, &info) != 0) return -1;
  if (!S_ISBLK(info.st_mode))
    return fallocate(r.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, r.offset, r.length);
  std::array<std::uint64_t, 2> range{static_cast<std::uint64_t>(r.offset), r.length};
  return ioctl(r.fd, BLKDISCARD, range.data());
}

/// @return bytes, or -1 with errno
ssize_t call(const AioRequest& r) {
  switch (r.op) {
    case Op::read:
      return pread(r.fd, r.buffer, r.length, r.offset);
    case Op::write:
      return pwrite(r.fd, r.buffer, r.length, r.offset);
    case Op::flush:
      return fdatasync(r.fd);
    case Op::trim:
      return discard(r) == 0 ? static_cast<ssize_t>(r.length) : -1;
  }
  errno = EOPNOTSUPP;
  return -1;
}

}  // namespace

void blocking_io(AioRequest& r) {
  ssize_t n = 0;
  do n = call(r);
  while (n < 0 && errno == EINTR);
  r.result = static_cast<std::int32_t>(n < 0 ? -errno : n);
  r.completed = clock_now();
}

}  // namespace blkpath
