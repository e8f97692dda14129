// io_uring through liburing, as QEMU's aio=io_uring and fio's io_uring. Buffers and files are registered when
// they are given; SQPOLL and IOPOLL are options.
#include <liburing.h>
#include <linux/falloc.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include "aio/aio_driver.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

[[noreturn]] void refused(const char* option, const char* what, int error, const char* hint) {
  throw ConfigError({}, option,
                    std::string("io_uring: the kernel refuses ") + what + ": " + std::strerror(error) + hint);
}

class IoUring final : public AioDriver {
 public:
  explicit IoUring(const AioOptions& options) : fixed_(options.registered && !options.buffers.empty()) {
    if (options.registered) files_.assign(options.files.begin(), options.files.end());
    io_uring_params params{};
    if (options.iopoll && !options.direct)
      throw ConfigError({}, "--iopoll",
                        "io_uring: polling for completions needs O_DIRECT; set direct=1 in the job");
    if (options.sqpoll) params.flags |= IORING_SETUP_SQPOLL;
    if (options.iopoll) params.flags |= IORING_SETUP_IOPOLL;
    params.sq_thread_idle = 1000;  // ms; liburing's examples
    if (const int error = io_uring_queue_init_params(options.depth, &ring_, &params); error < 0)
      refused(options.sqpoll ? "--sqpoll" : "--driver",
              options.sqpoll ? "a submission thread (SQPOLL)" : "a ring", -error,
              error == -EPERM
                  ? "; it may be turned off (sysctl kernel.io_uring_disabled, or a container's seccomp)"
                  : "");
    iopoll_ = options.iopoll;
    try {
      register_all(options);
    } catch (...) {
      io_uring_queue_exit(&ring_);
      throw;
    }
  }
  ~IoUring() override {
    // Buffers belong to the caller: nothing may be in flight once this is gone.
    std::vector<AioRequest*> rest(in_flight_ + 1);
    while (in_flight_ > 0 && reap(rest, 1, 10s) > 0) {
    }
    io_uring_queue_exit(&ring_);
  }

  std::size_t submit(std::span<AioRequest* const> requests) override {
    std::size_t prepared = 0;
    for (AioRequest* const r : requests) {
      io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
      if (sqe == nullptr) break;
      prepare(*sqe, *r);
      ++prepared;
    }
    in_flight_ += prepared;
    // What the kernel does not take at once stays in the ring and goes with the next call: all prepared are
    // taken.
    for (;;) {
      const int n = io_uring_submit(&ring_);
      if (n >= 0 || n == -EAGAIN || n == -EBUSY) return prepared;
      if (n != -EINTR) throw std::system_error(-n, std::generic_category(), "io_uring: submit");
    }
  }

  std::size_t reap(std::span<AioRequest*> out, std::size_t at_least, Time timeout) override {
    std::size_t n = 0;
    at_least = std::min({at_least, out.size(), in_flight_});
    const Time end = timeout == kForever ? kForever : clock_now() + timeout;
    for (;;) {
      io_uring_cqe* cqe = nullptr;
      while (n < out.size() && io_uring_peek_cqe(&ring_, &cqe) == 0) {
        auto* const r = static_cast<AioRequest*>(io_uring_cqe_get_data(cqe));
        if (r != nullptr) {
          r->result = cqe->res;
          out[n++] = r;
          --in_flight_;
        }
        io_uring_cqe_seen(&ring_, cqe);
      }
      const Time left = end == kForever ? kForever : end - clock_now();
      if (n >= at_least || left <= Time{0}) return n;
      io_uring_submit(&ring_);  // what a full ring had left behind
      wait(left);
    }
  }

  bool cancel(AioRequest& request) override {
    io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) return false;
    io_uring_prep_cancel(sqe, &request, 0);
    io_uring_sqe_set_data(sqe, nullptr);
    io_uring_submit(&ring_);
    return false;  // its completion tells: -ECANCELED, or what it came to
  }

 private:
  void register_all(const AioOptions& options) {
    if (!files_.empty())
      if (const int error =
              io_uring_register_files(&ring_, files_.data(), static_cast<unsigned>(files_.size()));
          error < 0)
        refused("--register", "registered files", -error, "");
    if (fixed_)
      if (const int error = io_uring_register_buffers(&ring_, options.buffers.data(),
                                                      static_cast<unsigned>(options.buffers.size()));
          error < 0)
        refused("--register", "registered buffers", -error, error == -ENOMEM ? " (see ulimit -l)" : "");
  }

  void prepare(io_uring_sqe& sqe, AioRequest& r) {
    r.completed = Time{0};
    const auto offset = static_cast<std::uint64_t>(r.offset);
    const int slot = static_cast<int>(r.slot);
    int fd = r.fd;
    const auto known = std::find(files_.begin(), files_.end(), fd);
    if (known != files_.end()) fd = static_cast<int>(known - files_.begin());
    switch (r.op) {
      case Op::read:
        fixed_ ? io_uring_prep_read_fixed(&sqe, fd, r.buffer, r.length, offset, slot)
               : io_uring_prep_read(&sqe, fd, r.buffer, r.length, offset);
        break;
      case Op::write:
        fixed_ ? io_uring_prep_write_fixed(&sqe, fd, r.buffer, r.length, offset, slot)
               : io_uring_prep_write(&sqe, fd, r.buffer, r.length, offset);
        break;
      case Op::flush:
        io_uring_prep_fsync(&sqe, fd, IORING_FSYNC_DATASYNC);
        break;
      case Op::trim:
        io_uring_prep_fallocate(&sqe, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, r.offset, r.length);
        break;
    }
    if (known != files_.end()) sqe.flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data(&sqe, &r);
  }

  void wait(Time left) {
    io_uring_cqe* cqe = nullptr;
    if (left == kForever) {
      io_uring_wait_cqe(&ring_, &cqe);
      return;
    }
    if (iopoll_) return;  // a polled ring takes no time-out: look again
    __kernel_timespec t{left / 1s, (left % 1s).count()};
    io_uring_wait_cqe_timeout(&ring_, &cqe, &t);
  }

  io_uring ring_{};
  std::vector<int> files_;
  const bool fixed_;
  bool iopoll_ = false;
  std::size_t in_flight_ = 0;
};

const RegisteredDriver registered{
    {.name = "io_uring",
     .sentence = "io_uring through liburing, as QEMU's aio=io_uring; any cache mode",
     .engine = "io_uring",
     .make = [](const AioOptions& o) -> std::unique_ptr<AioDriver> { return std::make_unique<IoUring>(o); }}};

}  // namespace
}  // namespace blkpath
