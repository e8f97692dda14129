#include "scenarios/disk_config.hpp"

#include <gmock/gmock.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace blkpath {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr std::array kModes{CacheMode::writeback, CacheMode::none, CacheMode::writethrough,
                            CacheMode::directsync, CacheMode::unsafe};

// QEMU's manual, "-drive cache=": cache.writeback, cache.direct, cache.no-flush.
TEST(CacheModes, MeanWhatQemusManualSays) {
  EXPECT_EQ(cache_flags(CacheMode::writeback), (CacheFlags{.o_direct = false, .write_cache_shown = true}));
  EXPECT_EQ(cache_flags(CacheMode::none), (CacheFlags{.o_direct = true, .write_cache_shown = true}));
  EXPECT_EQ(cache_flags(CacheMode::writethrough),
            (CacheFlags{.o_direct = false, .write_cache_shown = false}));
  EXPECT_EQ(cache_flags(CacheMode::directsync), (CacheFlags{.o_direct = true, .write_cache_shown = false}));
  EXPECT_EQ(cache_flags(CacheMode::unsafe), (CacheFlags{.flush_honoured = false}));
}

TEST(CacheModes, NamesAndFlagsReadBack) {
  for (const CacheMode mode : kModes) {
    EXPECT_EQ(parse_cache_mode(format(mode)), mode);
    EXPECT_EQ(cache_mode(cache_flags(mode)), mode);
    EXPECT_EQ(format(cache_flags(mode)), format(mode));
  }
}

TEST(CacheModes, ThreeCombinationsHaveNoName) {
  int unnamed = 0;
  for (int bits = 0; bits < 8; ++bits)
    unnamed += !cache_mode({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}).has_value();
  EXPECT_EQ(unnamed, 3);
}

TEST(CacheModes, NamesOf2008AreUnderstood) {
  EXPECT_EQ(parse_cache_mode("on"), CacheMode::writeback);
  EXPECT_EQ(parse_cache_mode("off"), CacheMode::none);
}

TEST(CacheModes, AMisspeltModeListsTheGoodOnes) {
  EXPECT_THAT([] { parse_cache_mode("(on|off)"); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("'writeback', 'none', 'writethrough', 'directsync', 'unsafe', 'on' or 'off'")));
  EXPECT_THAT([] { parse_cache_mode("directsnyc"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("Did you mean 'directsync'?")));
}

TEST(AioDrivers, ReadBackAndMisspellingsAreRejected) {
  for (const Aio aio : {Aio::threads, Aio::native, Aio::io_uring, Aio::posix})
    EXPECT_EQ(parse_aio(format(aio)), aio);
  EXPECT_THAT([] { parse_aio("io-uring"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("Did you mean 'io_uring'?")));
}

TEST(Buses, OthersThanVirtioAndIdeAreNotModelledYet) {
  EXPECT_EQ(parse_bus(format(Bus::virtio_blk)), Bus::virtio_blk);
  EXPECT_EQ(parse_bus(format(Bus::ide)), Bus::ide);
  for (const char* other : {"scsi", "sata", "nvme", "usb"})
    EXPECT_THAT([&] { parse_bus(other); },
                ThrowsMessage<std::invalid_argument>(HasSubstr("not modelled yet; use 'virtio' or 'ide'")));
}

TEST(DiskCheck, RingSizesAreThoseVirtioAllows) {
  for (const auto& [size, good] :
       {std::pair{4, true}, {1024, true}, {2, false}, {2048, false}, {96, false}}) {
    DiskConfig disk;
    disk.queue_size = size;
    if (good)
      EXPECT_NO_THROW(check(disk, {})) << size;
    else
      EXPECT_THROW(check(disk, {}), ConfigError) << size;
  }
}

}  // namespace
}  // namespace blkpath
