// POSIX AIO as glibc does it, as fio's posixaio and QEMU's before 2009: helper threads, of which one file
// descriptor gets one at a time. Completions are waited for with aio_suspend, or announced by a signal each.
#include <aio.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "aio/blocking_io.hpp"

namespace blkpath {
namespace {

/// What the signal handler needs of a request's driver. The handler may run in any thread.
struct Pending {
  aiocb control{};
  AioRequest* request = nullptr;  ///< null: not in flight
  std::atomic<std::int64_t> completed{0};
  int event_fd = -1;
};

void on_completion(int, siginfo_t* info, void*) {
  const int saved = errno;
  auto* const pending = static_cast<Pending*>(info->si_value.sival_ptr);
  if (info->si_code == SI_ASYNCIO && pending != nullptr) {
    pending->completed.store(clock_now().count(), std::memory_order_release);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(pending->event_fd, &one, sizeof one);
  }
  errno = saved;
}

class PosixAio final : public AioDriver {
 public:
  explicit PosixAio(const AioOptions& options)
      : pending_(options.depth), by_signal_(options.notify_by_signal) {
    refused_.reserve(options.depth);
    if (!by_signal_) return;
    event_fd_ = eventfd(0, EFD_CLOEXEC);
    if (event_fd_ < 0) throw std::system_error(errno, std::generic_category(), "posix-aio: eventfd");
    for (Pending& p : pending_) p.event_fd = event_fd_;
    struct sigaction action {};
    action.sa_sigaction = on_completion;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(signal_number(), &action, nullptr);
  }
  ~PosixAio() override {
    for (const Pending& p : pending_) {  // their memory goes with this object
      if (p.request == nullptr) continue;
      const aiocb* const one = &p.control;
      while (aio_error(one) == EINPROGRESS) aio_suspend(&one, 1, nullptr);
    }
    if (event_fd_ >= 0) close(event_fd_);
  }

  std::size_t submit(std::span<AioRequest* const> requests) override {
    for (std::size_t taken = 0; taken < requests.size(); ++taken) {
      AioRequest* const r = requests[taken];
      r->completed = Time{0};
      if (r->op == Op::trim) {
        blocking_io(*r);
        refused_.push_back(r);
        continue;
      }
      if (start(*r) == 0) continue;
      pending_[r->slot].request = nullptr;
      if (errno == EAGAIN) return taken;  // glibc is short of memory or threads
      r->result = -errno;
      refused_.push_back(r);
    }
    return requests.size();
  }

  std::size_t reap(std::span<AioRequest*> out, std::size_t at_least, Time timeout) override {
    std::size_t n = std::min(out.size(), refused_.size());
    std::copy_n(refused_.begin(), n, out.begin());
    refused_.erase(refused_.begin(), refused_.begin() + static_cast<std::ptrdiff_t>(n));
    const Time end = timeout == kForever ? kForever : clock_now() + timeout;
    for (;;) {
      n += collect(out.subspan(n));
      if (n >= std::min(at_least, out.size())) return n;
      const Time left = end == kForever ? kForever : end - clock_now();
      if (left <= Time{0}) return n;
      wait(left);
    }
  }

  bool cancel(AioRequest& request) override {
    return aio_cancel(request.fd, &pending_[request.slot].control) == AIO_CANCELED;
  }

 private:
  static int signal_number() { return SIGRTMIN + 2; }

  int start(AioRequest& r) {
    Pending& p = pending_[r.slot];
    p.request = &r;
    p.completed.store(0, std::memory_order_relaxed);
    aiocb& cb = p.control;
    std::memset(&cb, 0, sizeof cb);
    cb.aio_fildes = r.fd;
    cb.aio_buf = r.buffer;
    cb.aio_nbytes = r.length;
    cb.aio_offset = r.offset;
    cb.aio_sigevent.sigev_notify = by_signal_ ? SIGEV_SIGNAL : SIGEV_NONE;
    cb.aio_sigevent.sigev_signo = signal_number();
    cb.aio_sigevent.sigev_value.sival_ptr = &p;
    return r.op == Op::read ? aio_read(&cb) : r.op == Op::write ? aio_write(&cb) : aio_fsync(O_DSYNC, &cb);
  }

  /// Takes what is done, in order of slots, as fio does.
  std::size_t collect(std::span<AioRequest*> out) {
    std::size_t n = 0;
    for (auto it = pending_.begin(); it != pending_.end() && n < out.size(); ++it) {
      if (it->request == nullptr) continue;
      const int error = aio_error(&it->control);
      // With signals, glibc sends one after the result is there: wait for both, the slot may be used again.
      if (error == EINPROGRESS || (by_signal_ && it->completed.load(std::memory_order_acquire) == 0))
        continue;
      const ssize_t bytes = aio_return(&it->control);
      out[n] = std::exchange(it->request, nullptr);
      out[n]->result = static_cast<std::int32_t>(error != 0 ? -error : bytes);
      out[n++]->completed = Time{it->completed.load(std::memory_order_relaxed)};
    }
    return n;
  }

  void wait(Time left) {
    const bool forever = left == kForever;
    const timespec t{forever ? 0 : static_cast<time_t>(left / 1s),
                     forever ? 0 : static_cast<long>((left % 1s).count())};
    if (by_signal_) {
      pollfd p{event_fd_, POLLIN, 0};
      std::uint64_t count = 0;
      if (ppoll(&p, 1, forever ? nullptr : &t, nullptr) > 0) {
        [[maybe_unused]] const ssize_t n = read(event_fd_, &count, sizeof count);
      }
      return;
    }
    // glibc looks at each while it holds up its workers. As fio, wait for no more than 16, in order of slots:
    // with more in flight several may be done when it returns, which then need no wait of their own.
    constexpr std::size_t kMostWaitedFor = 16;
    waiting_.clear();
    for (auto it = pending_.begin(); it != pending_.end() && waiting_.size() < kMostWaitedFor; ++it)
      if (it->request != nullptr) waiting_.push_back(&it->control);
    aio_suspend(waiting_.data(), static_cast<int>(waiting_.size()), forever ? nullptr : &t);
  }

  std::vector<Pending> pending_;  ///< by slot
  std::vector<const aiocb*> waiting_;
  std::vector<AioRequest*> refused_;
  const bool by_signal_;
  int event_fd_ = -1;
};

const RegisteredDriver registered{
    {.name = "posix-aio",
     .sentence = "glibc's aio_read and aio_write: one request at a time per file descriptor",
     .engine = "posixaio",
     .make = [](const AioOptions& o) -> std::unique_ptr<AioDriver> {
       return std::make_unique<PosixAio>(o);
     }}};

}  // namespace
}  // namespace blkpath
