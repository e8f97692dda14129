// Linux AIO through libaio, as QEMU's aio=native and fio's libaio. What it cannot do asynchronously (flush
// before Linux 4.18, discard) is done in the submitting call, as in fio.
#include <libaio.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "aio/blocking_io.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

timespec to_timespec(Time t) { return {static_cast<time_t>(t / 1s), static_cast<long>((t % 1s).count())}; }

class LinuxAio final : public AioDriver {
 public:
  explicit LinuxAio(const AioOptions& options) : control_(options.depth), events_(options.depth) {
    batch_.reserve(options.depth);
    refused_.reserve(options.depth);
    if (const int error = io_setup(static_cast<int>(options.depth), &context_); error < 0)
      throw ConfigError({}, "--driver",
                        std::string("linux-aio: the kernel refuses a queue of ") +
                            std::to_string(options.depth) + ": " + std::strerror(-error) +
                            " (see /proc/sys/fs/aio-max-nr)");
    if (options.notify_by_eventfd && (event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
      io_destroy(context_);
      throw std::system_error(errno, std::generic_category(), "linux-aio: eventfd");
    }
  }
  ~LinuxAio() override {
    io_destroy(context_);  // waits for what is in flight
    if (event_fd_ >= 0) close(event_fd_);
  }

  std::size_t submit(std::span<AioRequest* const> requests) override {
    batch_.clear();
    std::size_t taken = 0;
    for (AioRequest* const r : requests) {
      if (r->op == Op::flush || r->op == Op::trim) {
        if (!batch_.empty()) break;  // what stands before it goes first
        blocking_io(*r);
        refused_.push_back(r);
        ++taken;
        continue;
      }
      iocb& cb = control_[r->slot];
      if (r->op == Op::read)
        io_prep_pread(&cb, r->fd, r->buffer, r->length, r->offset);
      else
        io_prep_pwrite(&cb, r->fd, r->buffer, r->length, r->offset);
      cb.data = r;
      r->completed = Time{0};
      if (event_fd_ >= 0) io_set_eventfd(&cb, event_fd_);
      batch_.push_back(&cb);
    }
    return taken + submit_batch();
  }

  std::size_t reap(std::span<AioRequest*> out, std::size_t at_least, Time timeout) override {
    std::size_t n = std::min(out.size(), refused_.size());
    std::copy_n(refused_.begin(), n, out.begin());
    refused_.erase(refused_.begin(), refused_.begin() + static_cast<std::ptrdiff_t>(n));
    at_least = std::min(at_least, out.size());
    const Time end = timeout == kForever ? kForever : clock_now() + timeout;
    for (;;) {
      const std::size_t most = std::min(out.size() - n, events_.size());
      const std::size_t need = at_least > n ? at_least - n : 0;
      if (most == 0) return n;
      Time left = end == kForever ? kForever : std::max(Time{0}, end - clock_now());
      if (event_fd_ >= 0 && need > 0) wait_for_event(left);
      const int got = get_events(event_fd_ >= 0 ? 0 : need, most, left);
      for (int i = 0; i < got; ++i) {
        const io_event& e = events_[static_cast<std::size_t>(i)];
        auto* const r = static_cast<AioRequest*>(e.data);
        r->result = static_cast<std::int32_t>(static_cast<long>(e.res));
        out[n++] = r;
      }
      if (n >= at_least || (end != kForever && clock_now() >= end)) return n;
    }
  }

  bool cancel(AioRequest&) override {
    return false;
  }  // no file system or device of today implements io_cancel

 private:
  /// @return how many of batch_ were taken
  std::size_t submit_batch() {
    std::size_t taken = 0;
    while (taken < batch_.size()) {
      const int n = io_submit(context_, static_cast<long>(batch_.size() - taken), batch_.data() + taken);
      if (n > 0) {
        taken += static_cast<std::size_t>(n);
      } else if (n == -EAGAIN || n == 0) {
        break;
      } else if (n != -EINTR) {  // the first one is at fault
        auto* const r = static_cast<AioRequest*>(batch_[taken++]->data);
        r->result = n;
        refused_.push_back(r);
      }
    }
    return taken;
  }
  void wait_for_event(Time left) {
    pollfd p{event_fd_, POLLIN, 0};
    const timespec t = to_timespec(left);
    if (ppoll(&p, 1, left == kForever ? nullptr : &t, nullptr) > 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t n = read(event_fd_, &count, sizeof count);
    }
  }
  int get_events(std::size_t need, std::size_t most, Time left) {
    timespec t = to_timespec(left == kForever ? Time{0} : left);
    const int n = io_getevents(context_, static_cast<long>(need), static_cast<long>(most), events_.data(),
                               left == kForever ? nullptr : &t);
    if (n < 0 && n != -EINTR) throw std::system_error(-n, std::generic_category(), "linux-aio: io_getevents");
    return std::max(n, 0);
  }

  io_context_t context_ = nullptr;
  int event_fd_ = -1;
  std::vector<iocb> control_;  ///< by slot
  std::vector<io_event> events_;
  std::vector<iocb*> batch_;
  std::vector<AioRequest*> refused_;  ///< done without the kernel's queue; reaped first
};

const RegisteredDriver registered{
    {.name = "linux-aio",
     .sentence = "io_submit and io_getevents, as QEMU's aio=native; needs O_DIRECT",
     .engine = "libaio",
     .needs_direct = true,
     .make = [](const AioOptions& o) -> std::unique_ptr<AioDriver> {
       return std::make_unique<LinuxAio>(o);
     }}};

}  // namespace
}  // namespace blkpath
