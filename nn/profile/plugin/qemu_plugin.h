// The few functions that a plugin of QEMU's code generator needs, of plugin API version 1 as QEMU 4.2 and later export
// them (checked with 7.2); documented in QEMU's docs/devel/tcg-plugins. No package carries a header for them.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

using qemu_plugin_id_t = uint64_t;
struct qemu_info_t;       // nothing of it is used here
struct qemu_plugin_tb;    // a translated block: instructions that run one after the other
struct qemu_plugin_insn;  // one of its instructions

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS = 0 };  // the callback touches no register of the emulated core

// What a plugin defines: the version it was written for, and its start; 0 is success.
[[gnu::visibility("default")]] extern int qemu_plugin_version;
[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc,
                                                       char** argv);

// `translated` is called for each block before it first runs. Its arguments live as long as that call.
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t id, qemu_plugin_tb* block));
// `executed` is called each time the block starts.
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb* block, void (*executed)(unsigned vcpu, void* user_data),
                                          qemu_plugin_cb_flags flags, void* user_data);

size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction);
size_t qemu_plugin_insn_size(const qemu_plugin_insn* instruction);

}  // extern "C"
