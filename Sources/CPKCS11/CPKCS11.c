#include "CPKCS11.h"

#include <dlfcn.h>
#include <stdio.h>

CK_RV okms_p11_load(const char *path, CK_FUNCTION_LIST_PTR *functions, char *problem, size_t problem_size) {
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = module ? dlsym(module, "C_GetFunctionList") : NULL;
    if (!symbol) {
        const char *text = dlerror();
        snprintf(problem, problem_size, "%s", text ? text : "it has no C_GetFunctionList");
        if (module) dlclose(module);
        return CKR_LIBRARY_LOAD_FAILED;
    }
    CK_RV rv = ((CK_C_GetFunctionList)symbol)(functions);
    return rv == CKR_OK && !*functions ? CKR_FUNCTION_NOT_SUPPORTED : rv;
}

CK_RV okms_p11_initialize(CK_FUNCTION_LIST_PTR functions) {
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    return functions->C_Initialize ? functions->C_Initialize(&arguments) : CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_GCM_PARAMS parameters(
    const CK_BYTE *iv, CK_ULONG iv_count, CK_ULONG iv_bits, const CK_BYTE *additional,
    CK_ULONG additional_count) {
    return (CK_GCM_PARAMS){
        .pIv = (CK_BYTE *)iv,
        .ulIvLen = iv_count,
        .ulIvBits = iv_bits,
        .pAAD = additional_count ? (CK_BYTE *)additional : NULL,
        .ulAADLen = additional_count,
        .ulTagBits = 128,
    };
}

okms_p11_answer okms_p11_gcm_encrypt(
    CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
    CK_BYTE *iv, CK_ULONG iv_count, CK_ULONG iv_bits, const CK_BYTE *additional, CK_ULONG additional_count,
    const CK_BYTE *text, CK_ULONG text_count, CK_BYTE *output, CK_ULONG *output_count) {
    if (!functions->C_EncryptInit || !functions->C_Encrypt)
        return (okms_p11_answer){.init = CKR_FUNCTION_NOT_SUPPORTED};
    CK_GCM_PARAMS gcm = parameters(iv, iv_count, iv_bits, additional, additional_count);
    CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
    okms_p11_answer answer = {.init = functions->C_EncryptInit(session, &mechanism, key)};
    if (answer.init == CKR_OK)
        answer.final = functions->C_Encrypt(session, (CK_BYTE *)text, text_count, output, output_count);
    return answer;
}

okms_p11_answer okms_p11_gcm_decrypt(
    CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
    const CK_BYTE *iv, CK_ULONG iv_count, const CK_BYTE *additional, CK_ULONG additional_count,
    const CK_BYTE *sealed, CK_ULONG sealed_count, CK_BYTE *output, CK_ULONG *output_count) {
    if (!functions->C_DecryptInit || !functions->C_Decrypt)
        return (okms_p11_answer){.init = CKR_FUNCTION_NOT_SUPPORTED};
    CK_GCM_PARAMS gcm = parameters(iv, iv_count, 8 * iv_count, additional, additional_count);
    CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
    okms_p11_answer answer = {.init = functions->C_DecryptInit(session, &mechanism, key)};
    if (answer.init == CKR_OK)
        answer.final = functions->C_Decrypt(session, (CK_BYTE *)sealed, sealed_count, output, output_count);
    return answer;
}
