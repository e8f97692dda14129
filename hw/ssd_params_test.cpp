#include "hw/ssd_params.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace blkpath {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

SsdParams read(const Settings& settings) {
  ConfigMap config;
  for (const auto& [key, text] : settings)
    config.entries.emplace_back(key, ConfigValue{text, {}, false, {}, {}});
  SsdParams params;
  read_params(params, config, "ssd");
  return params;
}

TEST(SsdParams, TheDefaultIsADriveOf60GB) {
  const SsdParams p = read({});
  EXPECT_EQ(p.dies(), 16);
  EXPECT_EQ(p.page_units(), 8);
  EXPECT_NEAR(static_cast<double>(p.capacity().n), 60e9, 0.03e9);
  EXPECT_EQ(p.commands(), 1024);
  EXPECT_EQ(read({{"interface", "sata"}}).commands(), 32);
}

TEST(SsdParams, WrongOnesAreRefusedWithAGoodExample) {
  const std::vector<std::pair<Settings, std::string>> cases{
      {{{"interface", "sas"}}, "'sas' is not one of sata, nvme"},
      {{{"ncq_depth", "33"}}, "ncq_depth: 1 to 32, for example 32"},
      {{{"queues", "0"}}, "queues: 1 to 65535, for example 8"},
      {{{"queue_depth", "0"}}, "queue_depth: 1 to 65535, for example 128"},
      {{{"channels", "0"}}, "channels: at least 1, for example 8"},
      {{{"dies_per_channel", "0"}}, "dies_per_channel: at least 1, for example 2"},
      {{{"channels", "2048"}, {"dies_per_channel", "4"}}, "at most 4096 dies in all"},
      {{{"planes_per_die", "17"}}, "planes_per_die: 1 to 16, for example 2"},
      {{{"pages_per_block", "1"}}, "pages_per_block: 2 to 65536, for example 512"},
      {{{"mapping_unit", "1000B"}}, "mapping_unit: a multiple of 512B, for example 4KiB"},
      {{{"page_size", "6KiB"}}, "page_size: a multiple of mapping_unit, at most 1MiB, for example 16KiB"},
      {{{"gc_start", "1"}}, "gc_start: at least 2"},
      {{{"gc_idle", "-1"}}, "gc_idle: not below 0"},
      {{{"write_buffer", "28KiB"}}, "write_buffer: at least a page of each plane of a die"},
      {{{"read_burst", "0"}}, "read_burst: at least 1, for example 10"},
      {{{"blocks_per_plane", "6"}}, "blocks_per_plane: at least four more than gc_start and gc_idle"},
      {{{"gc_idle", "253"}}, "blocks_per_plane: at least four more than gc_start and gc_idle"},
      {{{"blocks_per_plane", "65536"}}, "the flash has 2^31 mapping units or more"},
      {{{"over_provisioning", "0"}}, "over_provisioning: above 0 and at most 10, for example 0.145"}};
  for (const auto& [settings, message] : cases)
    EXPECT_THAT(([&settings = settings] { read(settings); }),
                testing::ThrowsMessage<ConfigError>(testing::HasSubstr(message)));
}

// Of 32 blocks of 16 pages, 5 are put aside, and of the others a page each: 27 x 15 of 512 hold data, which
// is 26.4 %.
TEST(SsdParams, TooLittleSpareFlashIsRefusedWithWhatWouldDo) {
  const auto drive = [](const char* over_provisioning) {
    return read(
        {{"blocks_per_plane", "32"}, {"pages_per_block", "16"}, {"over_provisioning", over_provisioning}});
  };
  EXPECT_THAT([&] { drive("0.264"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("for example 0.28")));
  EXPECT_NO_THROW(drive("0.265"));
  EXPECT_NO_THROW(drive("0.28"));
}

}  // namespace
}  // namespace blkpath
