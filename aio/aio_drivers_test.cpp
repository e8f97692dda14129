// Every driver against a real file.
#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <vector>

#include "aio/aio_driver.hpp"
#include "aio/test/temp_file.hpp"
#include "model/core/error.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kBlock = 4096, kDepth = 16;
constexpr std::int64_t kSize = 1 << 20;

class EveryDriver : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!file_.has_direct()) GTEST_SKIP() << "no O_DIRECT in " << ::testing::TempDir();
    fd_ = file_.open(O_RDWR | O_DIRECT);
    memory_ = static_cast<char*>(std::aligned_alloc(kBlock, kBlock * kDepth));
    for (std::uint32_t i = 0; i < kDepth; ++i) {
      requests_[i].slot = i;
      requests_[i].fd = fd_;
      requests_[i].buffer = memory_ + i * kBlock;
      requests_[i].length = kBlock;
      requests_[i].offset = std::int64_t{i} * kBlock;
    }
    try {
      driver_ = make_aio_driver(info(), options());
    } catch (const ConfigError& e) {
      GTEST_SKIP() << e.what();  // io_uring may be turned off
    }
  }
  void TearDown() override {
    driver_.reset();
    if (fd_ >= 0) close(fd_);
    std::free(memory_);
  }
  const AioDriverInfo& info() const { return find_aio_driver(name(), ""); }
  std::string name() const { return GetParam().substr(0, GetParam().find('+')); }
  AioOptions options() const {
    AioOptions o;
    o.depth = kDepth;
    o.direct = true;
    o.notify_by_signal = GetParam().ends_with("+signal");
    o.notify_by_eventfd = GetParam().ends_with("+eventfd");
    return o;
  }
  /// Submits requests [0, n) and reaps them all.
  void run(std::size_t n) {
    std::vector<AioRequest*> all, done(n);
    for (std::size_t i = 0; i < n; ++i) all.push_back(&requests_[i]);
    std::size_t sent = 0, got = 0;
    while (got < n) {
      sent += driver_->submit({all.data() + sent, n - sent});
      ASSERT_GT(sent, got) << "nothing in flight, and nothing taken";
      got += driver_->reap({done.data() + got, n - got}, 1);
    }
    std::sort(done.begin(), done.end());
    EXPECT_EQ(std::unique(done.begin(), done.end()), done.end()) << "one was reaped twice";
  }

  TempFile file_{kSize};
  int fd_ = -1;
  char* memory_ = nullptr;
  std::array<AioRequest, kDepth> requests_;
  std::unique_ptr<AioDriver> driver_;
};

TEST_P(EveryDriver, ReadsBackWhatItWrote) {
  for (std::uint32_t i = 0; i < kDepth; ++i) {
    requests_[i].op = Op::write;
    std::memset(requests_[i].buffer, 'a' + static_cast<int>(i), kBlock);
  }
  run(kDepth);
  for (AioRequest& r : requests_) {
    EXPECT_EQ(r.result, static_cast<std::int32_t>(kBlock));
    r.op = Op::read;
  }
  std::memset(memory_, 0, kBlock * kDepth);
  run(kDepth);
  for (std::uint32_t i = 0; i < kDepth; ++i) {
    EXPECT_EQ(requests_[i].result, static_cast<std::int32_t>(kBlock));
    EXPECT_EQ(requests_[i].buffer[0], static_cast<char>('a' + i));
    EXPECT_EQ(requests_[i].buffer[kBlock - 1], static_cast<char>('a' + i));
  }
}

TEST_P(EveryDriver, AMisalignedRequestFailsAloneWithEinval) {
  requests_[1].offset = 100;
  run(3);
  EXPECT_EQ(requests_[0].result, static_cast<std::int32_t>(kBlock));
  EXPECT_EQ(requests_[1].result, -EINVAL);
  EXPECT_EQ(requests_[2].result, static_cast<std::int32_t>(kBlock));
}

TEST_P(EveryDriver, AReadAtTheEndIsShort) {
  ASSERT_EQ(ftruncate(fd_, kBlock + 1024), 0);
  requests_[0].offset = kBlock;
  requests_[1].offset = 2 * kBlock;
  run(2);
  EXPECT_EQ(requests_[0].result, 1024);
  EXPECT_EQ(requests_[1].result, 0);
}

TEST_P(EveryDriver, FlushesAndTrims) {
  requests_[0].op = Op::flush;
  requests_[0].length = 0;
  run(1);
  EXPECT_EQ(requests_[0].result, 0);
  requests_[1].op = Op::trim;
  std::swap(requests_[0], requests_[1]);
  std::swap(requests_[0].slot, requests_[1].slot);
  run(1);
  EXPECT_GE(requests_[0].result, 0);
}

TEST_P(EveryDriver, ABadDescriptorIsAnErrorOfThatRequest) {
  requests_[0].fd = -1;
  run(2);
  EXPECT_EQ(requests_[0].result, -EBADF);
  EXPECT_EQ(requests_[1].result, static_cast<std::int32_t>(kBlock));
}

TEST_P(EveryDriver, ReapDoesNotWaitWhenItNeedNot) {
  std::array<AioRequest*, 4> out{};
  EXPECT_EQ(driver_->reap(out, 0), 0u);
  EXPECT_EQ(driver_->reap(out, 1, 0ns), 0u);
}

TEST_P(EveryDriver, SaysWhenItWasDoneNoLaterThanNow) {
  const Time before = clock_now();
  run(kDepth);
  for (const AioRequest& r : requests_) {
    if (r.completed == Time{0}) {
      EXPECT_FALSE(info().knows_completion);
    } else {
      EXPECT_GE(r.completed, before);
      EXPECT_LE(r.completed, clock_now());
    }
  }
}

TEST_P(EveryDriver, NothingIsInFlightWhenItIsGone) {
  std::array<AioRequest*, 1> one{&requests_[0]};
  ASSERT_EQ(driver_->submit(one), 1u);
  driver_.reset();  // a late write to the buffer would be found by the address sanitizer
  std::free(std::exchange(memory_, nullptr));
}

std::string test_name(const ::testing::TestParamInfo<std::string>& p) {
  std::string name = p.param;
  for (char& c : name)
    if (c == '-' || c == '+') c = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Drivers, EveryDriver,
                         ::testing::Values("sync", "threads", "posix-aio", "posix-aio+signal", "linux-aio",
                                           "linux-aio+eventfd", "io_uring"),
                         test_name);

std::string refusal(const std::string& name, const AioOptions& options) {
  try {
    make_aio_driver(find_aio_driver(name, "--driver"), options);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(AioDrivers, LinuxAioWithoutDirectIsRefusedUnlessAllowed) {
  AioOptions options;
  EXPECT_THAT(refusal("linux-aio", options),
              HasSubstr("--driver: 'linux-aio' without O_DIRECT does the whole I/O"));
  options.allow_blocking = true;
  EXPECT_EQ(refusal("linux-aio", options), "");
}

TEST(AioDrivers, IoPollWithoutDirectIsRefused) {
  AioOptions options;
  options.iopoll = true;
  const std::string message = refusal("io_uring", options);
  EXPECT_THAT(message, HasSubstr("--iopoll: io_uring: polling for completions needs O_DIRECT"));
}

TEST(AioDrivers, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_THAT(refusal("linux-oai", {}),
              HasSubstr("there is no driver 'linux-oai'. Did you mean 'linux-aio'?"));
}

TEST(Threads, AQueuedRequestCanBeCancelled) {
  TempFile file(kSize);
  const int fd = file.open(O_RDONLY);
  AioOptions options;
  options.depth = 2;
  options.workers = 1;
  const auto driver = make_aio_driver(find_aio_driver("threads", ""), options);
  std::vector<char> buffer(kBlock);
  AioRequest r;
  r.fd = fd;
  r.buffer = buffer.data();
  r.length = kBlock;
  EXPECT_FALSE(driver->cancel(r)) << "it is not in flight";
  close(fd);
}

}  // namespace
}  // namespace blkpath
