#include "aio/target.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "model/core/error.hpp"
#include "model/core/random.hpp"

namespace blkpath {
namespace {
constexpr std::size_t kFill = 1 << 20;

std::string message(int error) { return std::generic_category().message(error); }
}  // namespace

void Target::refuse(const std::string& why) const {
  throw ConfigError({}, "--file", fmt::format("'{}': {}", options_.path, why));
}

Target::Target(const TargetOptions& options, const std::function<bool(Bytes)>& filled) : options_(options) {
  struct stat info {};
  if (stat(options_.path.c_str(), &info) != 0) {
    if (errno != ENOENT) refuse(message(errno));
    create(filled);
    if (stat(options_.path.c_str(), &info) != 0) refuse(message(errno));
  }
  device_ = S_ISBLK(info.st_mode);
  if (!device_ && !S_ISREG(info.st_mode))
    refuse("is neither a file nor a block device, for example '/tmp/replay.img'");
  if (options_.writes && !created_) {
    if (!options_.allow_write)
      refuse(fmt::format(
          "{}, and this load writes to it; what it holds would be lost. Say --allow-write when that is meant",
          device_ ? "is a block device" : "exists"));
    if (device_) {
      claim_ = ::open(options_.path.c_str(), O_RDWR | O_EXCL | O_CLOEXEC);
      if (claim_ < 0 && errno == EBUSY)
        refuse("is mounted, or in use by swap, LVM or RAID; blkpath never writes to such a device");
      if (claim_ < 0) refuse(message(errno));
    }
  }
  const dev_t holder = device_ ? info.st_rdev : info.st_dev;
  major_ = major(holder);
  minor_ = minor(holder);
  const int fd = open();
  try {
    inspect(fd);
  } catch (...) {
    close(fd);
    if (claim_ >= 0) close(claim_);
    throw;
  }
  close(fd);
}

Target::~Target() {
  if (claim_ >= 0) close(claim_);
}

int Target::open() const {
  int flags = (options_.writes ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  if (options_.direct) flags |= O_DIRECT;
  if (options_.sync) flags |= O_SYNC;
  if (options_.dsync) flags |= O_DSYNC;
  const int fd = ::open(options_.path.c_str(), flags);
  if (fd < 0 && errno == EINVAL && options_.direct)
    refuse(
        "its file system has no O_DIRECT (tmpfs, for one, had none before Linux 6.6); use another one, or "
        "direct=0");
  if (fd < 0) refuse(message(errno));
  return fd;
}

void Target::inspect(int fd) {
  if (device_) {
    std::uint64_t bytes = 0;
    if (ioctl(fd, BLKGETSIZE64, &bytes) != 0) refuse(message(errno));
    size_ = Bytes{static_cast<std::int64_t>(bytes)};
  } else {
    struct stat info {};
    if (fstat(fd, &info) != 0) refuse(message(errno));
    size_ = Bytes{info.st_size};
  }
  if (!options_.direct) return;
  int block = 512;
  if (device_) {
    if (ioctl(fd, BLKSSZGET, &block) != 0) block = 512;
  } else {
#ifdef STATX_DIOALIGN  // Linux 6.1
    struct statx more {};
    if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &more) == 0 && (more.stx_mask & STATX_DIOALIGN) != 0 &&
        more.stx_dio_offset_align > 0)
      block = static_cast<int>(more.stx_dio_offset_align);
#endif
  }
  alignment_ = static_cast<std::uint32_t>(block);
}

void Target::create(const std::function<bool(Bytes)>& filled) {
  if (options_.size.n <= 0)
    refuse("does not exist; to have it created, give its size, for example size=1g in the job");
  const int fd = ::open(options_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) refuse(message(errno));
  const auto give_up = [&](const std::string& why) {
    close(fd);
    unlink(options_.path.c_str());
    refuse(why);
  };
  // Data that does not compress, so that no layer below can take a short cut.
  const std::unique_ptr<char, decltype(&std::free)> data(static_cast<char*>(std::aligned_alloc(4096, kFill)),
                                                         &std::free);
  Random random(1, "fill");
  for (std::int64_t done = 0; done < options_.size.n;) {
    auto* const words = reinterpret_cast<std::uint64_t*>(data.get());
    for (std::size_t i = 0; i < kFill / 8; ++i) words[i] = random.bits();
    const auto want = std::min<std::int64_t>(kFill, options_.size.n - done);
    const ssize_t n = pwrite(fd, data.get(), static_cast<std::size_t>(want), done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up(fmt::format("cannot be filled with {}: {}", format(options_.size), message(errno)));
    done += n;
    if (filled && !filled(Bytes{done})) give_up("was being filled when you interrupted; removed again");
  }
  if (fdatasync(fd) != 0)
    give_up(fmt::format("cannot be filled with {}: {}", format(options_.size), message(errno)));
  close(fd);
  created_ = true;
}

}  // namespace blkpath
