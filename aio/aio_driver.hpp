/// What every AIO driver does for real I/O. Each driver registers itself in its own .cpp.
#pragma once
#include <sys/uio.h>
#include <time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/core/request.hpp"
#include "model/core/units.hpp"

namespace blkpath {

/// Real time, CLOCK_MONOTONIC.
inline Time clock_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return Time{t.tv_sec * 1'000'000'000 + t.tv_nsec};
}

/// One I/O, owned by the caller, who leaves it where it is from submit() until reap() hands it back.
struct AioRequest {
  Op op = Op::read;
  std::uint32_t slot = 0;  ///< below AioOptions::depth, no other request in flight has it
  int fd = -1;
  char* buffer = nullptr;
  std::uint32_t length = 0;
  std::int64_t offset = 0;

  // set by the driver
  std::int32_t result = 0;  ///< bytes done (fewer than length: short), or minus errno
  Time completed{0};        ///< when the driver knew that it was done; 0: no sooner than reap() returned
};

struct AioOptions {
  std::uint32_t depth = 1;
  bool direct = false;             ///< the files are opened O_DIRECT
  bool allow_blocking = false;     ///< linux-aio without O_DIRECT, which then blocks in submit
  int workers = 64;                ///< threads: at most this many
  bool notify_by_signal = false;   ///< posix-aio: a signal for each completion instead of aio_suspend
  bool notify_by_eventfd = false;  ///< linux-aio: wait on an eventfd instead of in io_getevents
  bool sqpoll = false;             ///< io_uring: a kernel thread submits
  bool iopoll = false;             ///< io_uring: completions are polled for
  bool registered = false;         ///< io_uring: files and buffers below are registered with the kernel
  std::span<const int> files{};
  std::span<const iovec> buffers{};  ///< that of slot i is buffers[i]
};

/// A driver of one thread: all calls come from the same one.
class AioDriver {
 public:
  static constexpr Time kForever = Time::max();
  virtual ~AioDriver() = default;

  /// Submits requests in order. An I/O that the kernel refuses (an offset that is not aligned, say) counts as
  /// taken and is reaped with its error.
  /// @return how many were taken; fewer when the queue is full or the kernel is short of something for now
  virtual std::size_t submit(std::span<AioRequest* const> requests) = 0;
  /// Waits until `at_least` requests in flight are done or `timeout` is over, and hands back up to out.size()
  /// of those that are done.
  /// @param at_least  0: does not wait; at most what is in flight
  virtual std::size_t reap(std::span<AioRequest*> out, std::size_t at_least, Time timeout = kForever) = 0;
  /// Asks for a request in flight to be given up. @return whether it will be reaped with -ECANCELED; else it
  /// takes its course
  virtual bool cancel(AioRequest& request) = 0;
};

/// What a driver can and cannot do; known without making one.
struct AioDriverInfo {
  std::string name;  ///< as on the command line: "linux-aio"
  std::string sentence;
  std::string engine;             ///< fio's ioengine that does the same; "" when there is none
  bool synchronous = false;       ///< submit() does the whole I/O: depth is 1, there is no slat
  bool needs_direct = false;      ///< without O_DIRECT submit() blocks; refused unless allow_blocking
  bool knows_completion = false;  ///< AioRequest::completed is earlier than reap()
  /// @throws ConfigError naming the option that the kernel or the driver refuses
  std::unique_ptr<AioDriver> (*make)(const AioOptions& options);
};

/// All drivers by name.
const std::map<std::string, AioDriverInfo, std::less<>>& aio_drivers();
/// @throws ConfigError naming the nearest known driver
const AioDriverInfo& find_aio_driver(std::string_view name, std::string_view key);
/// @throws ConfigError when the driver's rules forbid the options
std::unique_ptr<AioDriver> make_aio_driver(const AioDriverInfo& info, const AioOptions& options);

/// `const RegisteredDriver registered{{"sync", "...", ...}};`
struct RegisteredDriver {
  explicit RegisteredDriver(AioDriverInfo info);
};

}  // namespace blkpath
