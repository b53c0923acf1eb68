// PKCS#11 2.40 (pkcs11.h, unmodified from p11-kit 0.24.1) and the few calls of it that Swift cannot make.
#pragma once
#include "pkcs11.h"

// Loads a module for the life of the process and asks it for its functions. The answer is CKR_OK; or
// that of C_GetFunctionList; or CKR_LIBRARY_LOAD_FAILED, with dlerror(3) cut to fit in `problem`.
CK_RV okms_p11_load(const char *path, CK_FUNCTION_LIST_PTR *functions, char *problem, size_t problem_size);

// C_Initialize with CKF_OS_LOCKING_OK: the module may lock with the system's own mutexes.
CK_RV okms_p11_initialize(CK_FUNCTION_LIST_PTR functions);

// Which of the two calls of an operation answered.
typedef struct {
    CK_RV init;   // C_EncryptInit or C_DecryptInit
    CK_RV final;  // C_Encrypt or C_Decrypt; CKR_OK where it was not reached
} okms_p11_answer;

// One C_EncryptInit and one C_Encrypt with CKM_AES_GCM and a tag of 128 bits. The parameters live through
// both calls, because some modules write the IV they chose into `iv` during either. `iv_count` is what
// the module is told of the buffer's length in bytes, `iv_bits` the length of the IV it is to use.
okms_p11_answer okms_p11_gcm_encrypt(
    CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
    CK_BYTE *iv, CK_ULONG iv_count, CK_ULONG iv_bits, const CK_BYTE *additional, CK_ULONG additional_count,
    const CK_BYTE *text, CK_ULONG text_count, CK_BYTE *output, CK_ULONG *output_count);

// The same with C_DecryptInit and C_Decrypt; `sealed` is ciphertext and tag.
okms_p11_answer okms_p11_gcm_decrypt(
    CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
    const CK_BYTE *iv, CK_ULONG iv_count, const CK_BYTE *additional, CK_ULONG additional_count,
    const CK_BYTE *sealed, CK_ULONG sealed_count, CK_BYTE *output, CK_ULONG *output_count);
