// A PKCS#11 module of memory, for tests: it does what hardware modules do and SoftHSM does not.
//
// IVs chosen within the module, written back or appended; sessions that are lost; PINs that are refused;
// any function failing on demand. Two threads in one session at once are counted, not endured. Built by
// the tests as a shared library; each copy of the file is a module of its own.
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "CPKCS11.h"

// What tests can set and read.
enum knob {
    KNOB_IV_MODE,         // see enum iv_mode
    KNOB_MAX_SESSIONS,    // 0: no limit
    KNOB_SAYS_MAXIMUM,    // whether C_GetTokenInfo tells it
    KNOB_SERIAL,          // the number in the token's serial number
    KNOB_IGNORES_FLAGS,   // keys are made extractable, whatever the template says
    KNOB_IGNORES_TAG,     // decryption does not authenticate
    KNOB_ALLOWS_ECB,      // CKA_ALLOWED_MECHANISMS is ignored
    KNOB_TAG_ANSWER,      // what C_Decrypt answers for a wrong tag
    KNOB_REJECTS,         // an attribute type that templates must not hold
    KNOB_OPEN_SESSIONS,   // read: how many sessions are open
    KNOB_LOGINS,          // read: how often C_Login was called
    KNOB_INITIALIZED,     // read: how often C_Initialize has succeeded
    KNOB_COLLISIONS,      // read: how often two threads were in one session
    KNOB_STORED,          // read: how many keys are stored
    KNOB_LOST,            // any write: all sessions and the login are gone
    KNOB_FINALIZED,       // any write: as if another part of the process had called C_Finalize
    KNOB_AWAY,            // 1: the token is away; what was away is found again only after C_Initialize
    KNOB_TWINS,           // any write: each stored key gets so many twins of the same name
    KNOB_COUNT
};
enum iv_mode { CALLER, WRITE_BACK, APPENDED_16, APPENDED_12, CONSTANT, SILENT, NOT_WRITTEN };
enum function { OPEN, LOGIN, GENERATE, FIND, ENCRYPT_INIT, ENCRYPT, DECRYPT_INIT, DECRYPT, DESTROY, FUNCTION_COUNT };

enum { SESSIONS = 64, KEYS = 256, FLAGS = 16 };

struct session {
    bool open, busy, finding, found;
    int operation;  // 0, or 1 + the function it is for
    CK_OBJECT_HANDLE key, match[KEYS];
    CK_ULONG matches, told;
    CK_GCM_PARAMS gcm;
};
struct key {
    bool used, stored;
    CK_SESSION_HANDLE owner;
    CK_BYTE material[32], id[64], label[64];
    CK_ULONG id_count, label_count;
    CK_ATTRIBUTE_TYPE types[FLAGS];
    CK_BBOOL values[FLAGS];
    int flags;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool initialized, logged_in, away_forever;
static unsigned long knobs[KNOB_COUNT] = {[KNOB_TAG_ANSWER] = CKR_ENCRYPTED_DATA_INVALID, [KNOB_SERIAL] = 1};
static struct session sessions[SESSIONS];
static struct key keys[KEYS];
static struct { CK_RV answer; unsigned long times; } failures[FUNCTION_COUNT];
static const char pin[] = "fake-pin", label[] = "fake";

static void lose(void) {
    memset(sessions, 0, sizeof sessions);
    for (int i = 0; i < KEYS; i++) keys[i].used &= keys[i].stored;
    logged_in = false;
}

static void add_twins(unsigned long count) {
    struct key old[KEYS];
    memcpy(old, keys, sizeof old);
    for (int i = 0, free = 0; i < KEYS; i++)
        for (unsigned long n = 0; old[i].used && old[i].stored && n < count; n++) {
            while (free < KEYS && keys[free].used) free++;
            if (free < KEYS) keys[free] = old[i];
        }
}

void fake_set(int knob, unsigned long value) {
    pthread_mutex_lock(&mutex);
    knobs[knob] = value;
    if (knob == KNOB_LOST || knob == KNOB_FINALIZED) lose();
    if (knob == KNOB_FINALIZED) initialized = false;
    if (knob == KNOB_TWINS) add_twins(value);
    if (knob == KNOB_AWAY && value) away_forever = true;
    pthread_mutex_unlock(&mutex);
}

unsigned long fake_get(int knob) {
    pthread_mutex_lock(&mutex);
    unsigned long value = knobs[knob];
    if (knob == KNOB_OPEN_SESSIONS)
        for (int i = value = 0; i < SESSIONS; i++) value += sessions[i].open;
    if (knob == KNOB_STORED)
        for (int i = value = 0; i < KEYS; i++) value += keys[i].used && keys[i].stored;
    pthread_mutex_unlock(&mutex);
    return value;
}

// The next `times` calls of a function answer so.
void fake_fail(int function, unsigned long answer, unsigned long times) {
    pthread_mutex_lock(&mutex);
    failures[function].answer = answer;
    failures[function].times = times;
    pthread_mutex_unlock(&mutex);
}

static CK_RV failure(int function) {
    if (!failures[function].times) return CKR_OK;
    failures[function].times--;
    return failures[function].answer;
}

// Enters a session: alone, and with the module initialised.
static CK_RV enter(CK_SESSION_HANDLE handle, struct session **session) {
    pthread_mutex_lock(&mutex);
    CK_RV rv = CKR_OK;
    if (!initialized) rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    else if (handle == 0 || handle > SESSIONS || !sessions[handle - 1].open) rv = CKR_SESSION_HANDLE_INVALID;
    else if (sessions[handle - 1].busy) knobs[KNOB_COLLISIONS]++, rv = CKR_FUNCTION_FAILED;
    if (rv == CKR_OK) (*session = &sessions[handle - 1])->busy = true;
    pthread_mutex_unlock(&mutex);
    return rv;
}

static CK_RV leave(struct session *session, CK_RV rv) {
    pthread_mutex_lock(&mutex);
    session->busy = false;
    pthread_mutex_unlock(&mutex);
    return rv;
}

static CK_RV initialize(void *arguments) {
    pthread_mutex_lock(&mutex);
    CK_C_INITIALIZE_ARGS *given = arguments;
    CK_RV rv = initialized ? CKR_CRYPTOKI_ALREADY_INITIALIZED
        : !given || !(given->flags & CKF_OS_LOCKING_OK) ? CKR_CANT_LOCK : CKR_OK;
    if (rv == CKR_OK) initialized = true, knobs[KNOB_INITIALIZED]++;
    pthread_mutex_unlock(&mutex);
    return rv;
}

static CK_RV finalize(void *reserved) {
    (void)reserved;
    pthread_mutex_lock(&mutex);
    CK_RV rv = initialized ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
    lose();
    initialized = false;
    away_forever = false;
    pthread_mutex_unlock(&mutex);
    return rv;
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count) {
    (void)present;
    if (!initialized) return CKR_CRYPTOKI_NOT_INITIALIZED;
    if (slots && *count < 2) return CKR_BUFFER_TOO_SMALL;
    if (slots) slots[0] = 3, slots[1] = 7;
    *count = 2;
    return CKR_OK;
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    memset(info, ' ', sizeof *info);
    info->flags = slot == 7 && !knobs[KNOB_AWAY] ? CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED : 0;
    memcpy(info->label, label, sizeof label - 1);
    info->serialNumber[0] = '0' + knobs[KNOB_SERIAL] % 10;
    info->ulMaxSessionCount = info->ulMaxRwSessionCount =
        knobs[KNOB_SAYS_MAXIMUM] ? knobs[KNOB_MAX_SESSIONS] : CK_UNAVAILABLE_INFORMATION;
    return CKR_OK;
}

static CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info) {
    (void)slot;
    info->flags = type == CKM_AES_GCM ? CKF_ENCRYPT | CKF_DECRYPT : type == CKM_AES_KEY_GEN ? CKF_GENERATE : 0;
    return info->flags ? CKR_OK : CKR_MECHANISM_INVALID;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *handle) {
    (void)application, (void)notify;
    pthread_mutex_lock(&mutex);
    CK_RV rv = failure(OPEN);
    unsigned long open = 0;
    for (int i = 0; i < SESSIONS; i++) open += sessions[i].open;
    if (rv == CKR_OK && !initialized) rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    if (rv == CKR_OK && slot != 7) rv = CKR_SLOT_ID_INVALID;
    if (rv == CKR_OK && flags != (CKF_SERIAL_SESSION | CKF_RW_SESSION)) rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK && (open == SESSIONS || open == knobs[KNOB_MAX_SESSIONS]) && open) rv = CKR_SESSION_COUNT;
    for (int i = 0; rv == CKR_OK && i < SESSIONS; i++)
        if (!sessions[i].open) {
            sessions[i] = (struct session){.open = true};
            *handle = i + 1;
            break;
        }
    pthread_mutex_unlock(&mutex);
    return rv;
}

static CK_RV close_session(CK_SESSION_HANDLE handle) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    session->open = session->busy = false;
    for (int i = 0; i < KEYS; i++)
        if (!keys[i].stored && keys[i].owner == handle) keys[i].used = false;
    unsigned long open = 0;
    for (int i = 0; i < SESSIONS; i++) open += sessions[i].open;
    if (!open) logged_in = false;
    pthread_mutex_unlock(&mutex);
    return CKR_OK;
}

static CK_RV session_info(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    info->state = logged_in ? CKS_RW_USER_FUNCTIONS : CKS_RW_PUBLIC_SESSION;
    return leave(session, CKR_OK);
}

static CK_RV login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_BYTE *given, CK_ULONG count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    knobs[KNOB_LOGINS]++;
    rv = failure(LOGIN);
    if (rv == CKR_OK && logged_in) rv = CKR_USER_ALREADY_LOGGED_IN;
    if (rv == CKR_OK && user != CKU_USER) rv = CKR_USER_TYPE_INVALID;
    if (rv == CKR_OK && (count != sizeof pin - 1 || memcmp(given, pin, count))) rv = CKR_PIN_INCORRECT;
    if (rv == CKR_OK) logged_in = true;
    pthread_mutex_unlock(&mutex);
    return leave(session, rv);
}

static CK_RV fill(struct key *key, CK_ATTRIBUTE *template, CK_ULONG count) {
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ATTRIBUTE a = template[i];
        if (knobs[KNOB_REJECTS] && a.type == knobs[KNOB_REJECTS]) return CKR_ATTRIBUTE_TYPE_INVALID;
        switch (a.type) {
        case CKA_ID: memcpy(key->id, a.pValue, key->id_count = a.ulValueLen); break;
        case CKA_LABEL: memcpy(key->label, a.pValue, key->label_count = a.ulValueLen); break;
        case CKA_TOKEN: key->stored = *(CK_BBOOL *)a.pValue; break;
        case CKA_CLASS: case CKA_KEY_TYPE: case CKA_VALUE_LEN: case CKA_ALLOWED_MECHANISMS: break;
        default:
            if (a.ulValueLen != 1 || key->flags == FLAGS) return CKR_ATTRIBUTE_VALUE_INVALID;
            key->types[key->flags] = a.type;
            key->values[key->flags++] =
                knobs[KNOB_IGNORES_FLAGS] && a.type == CKA_EXTRACTABLE ? CK_TRUE : *(CK_BBOOL *)a.pValue;
        }
    }
    return CKR_OK;
}

static CK_RV generate(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *made) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = failure(GENERATE);
    if (rv == CKR_OK && !logged_in) rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK && mechanism->mechanism != CKM_AES_KEY_GEN) rv = CKR_MECHANISM_INVALID;
    int free = 0;
    while (free < KEYS && keys[free].used) free++;
    if (rv == CKR_OK && free == KEYS) rv = CKR_DEVICE_MEMORY;
    if (rv == CKR_OK) {
        struct key key = {.used = true, .owner = handle};
        RAND_bytes(key.material, sizeof key.material);
        rv = fill(&key, template, count);
        if (rv == CKR_OK) keys[free] = key, *made = free + 1;
    }
    pthread_mutex_unlock(&mutex);
    return leave(session, rv);
}

static CK_RV attribute_value(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    struct key *key = &keys[object - 1];
    rv = CKR_ATTRIBUTE_TYPE_INVALID;
    for (int i = 0; count == 1 && i < key->flags; i++)
        if (key->types[i] == template->type) *(CK_BBOOL *)template->pValue = key->values[i], rv = CKR_OK;
    return leave(session, rv);
}

static CK_RV find_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = session->finding ? CKR_OPERATION_ACTIVE : failure(FIND);
    struct key wanted = {0};
    if (rv == CKR_OK) rv = fill(&wanted, template, count);
    session->matches = session->told = 0;
    for (int i = 0; rv == CKR_OK && logged_in && i < KEYS; i++)
        if (keys[i].used && !away_forever && keys[i].stored && keys[i].id_count == wanted.id_count
            && keys[i].label_count == wanted.label_count && !memcmp(keys[i].id, wanted.id, wanted.id_count)
            && !memcmp(keys[i].label, wanted.label, wanted.label_count))
            session->match[session->matches++] = i + 1;
    session->finding = rv == CKR_OK;
    pthread_mutex_unlock(&mutex);
    return leave(session, rv);
}

static CK_RV find(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *found, CK_ULONG most, CK_ULONG *count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    CK_ULONG left = session->matches - session->told;
    *count = left < most ? left : most;
    memcpy(found, session->match + session->told, *count * sizeof *found);
    session->told += *count;
    return leave(session, session->finding ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED);
}

static CK_RV find_final(CK_SESSION_HANDLE handle) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    session->finding = false;
    return leave(session, CKR_OK);
}

static CK_RV destroy(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = failure(DESTROY);
    if (rv == CKR_OK && (!object || object > KEYS || !keys[object - 1].used)) rv = CKR_OBJECT_HANDLE_INVALID;
    if (rv == CKR_OK) keys[object - 1].used = false;
    pthread_mutex_unlock(&mutex);
    return leave(session, rv);
}

static CK_RV begin(int function, CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = failure(function);
    CK_GCM_PARAMS *gcm = mechanism->pParameter;
    unsigned long mode = knobs[KNOB_IV_MODE];
    if (rv != CKR_OK) {
    } else if (session->operation) rv = CKR_OPERATION_ACTIVE;
    else if (!logged_in) rv = CKR_USER_NOT_LOGGED_IN;
    else if (!key || key > KEYS || !keys[key - 1].used || (away_forever && keys[key - 1].stored)) rv = CKR_KEY_HANDLE_INVALID;
    else if (mechanism->mechanism == CKM_AES_ECB) rv = knobs[KNOB_ALLOWS_ECB] ? CKR_OK : CKR_MECHANISM_INVALID;
    else if (mechanism->mechanism != CKM_AES_GCM) rv = CKR_MECHANISM_INVALID;
    else if (gcm->ulTagBits != 128) rv = CKR_MECHANISM_PARAM_INVALID;
    else if (function == DECRYPT_INIT || mode == CALLER || mode >= CONSTANT)
        rv = gcm->ulIvLen * 8 == gcm->ulIvBits && gcm->ulIvLen > 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
    // CloudHSM insists on zeroes, Luna on a length of nothing for an IV of 96 bits.
    else if (mode == WRITE_BACK)
        for (CK_ULONG i = 0; i < gcm->ulIvLen; i++) rv |= gcm->pIv[i] ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
    if (rv == CKR_OK) {
        session->operation = 1 + function;
        session->key = key;
        if (gcm) session->gcm = *gcm;
    }
    pthread_mutex_unlock(&mutex);
    return leave(session, rv);
}

static CK_RV encrypt_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    return begin(ENCRYPT_INIT, handle, mechanism, key);
}

static CK_RV decrypt_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    return begin(DECRYPT_INIT, handle, mechanism, key);
}

static int gcm(int direction, const CK_BYTE *material, const CK_BYTE *iv, int iv_count, CK_GCM_PARAMS *p, const CK_BYTE *in, int count, CK_BYTE *out, CK_BYTE *tag) {
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n, ok = EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, NULL, NULL, direction)
        && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, iv_count, NULL)
        && EVP_CipherInit_ex(c, NULL, NULL, material, iv, direction)
        && (!p->ulAADLen || EVP_CipherUpdate(c, NULL, &n, p->pAAD, p->ulAADLen))
        && EVP_CipherUpdate(c, out, &n, in, count)
        && (direction || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, tag))
        && (EVP_CipherFinal_ex(c, out + count, &n) || (!direction && knobs[KNOB_IGNORES_TAG]))
        && (!direction || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag));
    EVP_CIPHER_CTX_free(c);
    return ok;
}

static CK_RV encrypt(CK_SESSION_HANDLE handle, CK_BYTE *text, CK_ULONG count, CK_BYTE *out, CK_ULONG *out_count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = failure(ENCRYPT);
    unsigned long mode = knobs[KNOB_IV_MODE];
    pthread_mutex_unlock(&mutex);
    CK_GCM_PARAMS *p = &session->gcm;
    CK_BYTE iv[16] = {0};
    int iv_count = mode == CALLER ? (int)p->ulIvLen : mode == APPENDED_16 || (mode == APPENDED_12 && p->ulIvLen) ? 16 : 12;
    int appended = mode == APPENDED_16 || mode == APPENDED_12 ? iv_count : 0;
    if (mode == CALLER) memcpy(iv, p->pIv, iv_count);
    else if (mode == CONSTANT || mode == NOT_WRITTEN) memset(iv, mode == CONSTANT, iv_count);
    else RAND_bytes(iv, iv_count);
    if (rv == CKR_OK && session->operation != 1 + ENCRYPT_INIT) rv = CKR_OPERATION_NOT_INITIALIZED;
    if (rv == CKR_OK && *out_count < count + 16 + appended) return leave(session, CKR_BUFFER_TOO_SMALL);
    if (rv == CKR_OK && !gcm(1, keys[session->key - 1].material, iv, iv_count, p, text, count, out, out + count)) rv = CKR_FUNCTION_FAILED;
    if (rv == CKR_OK && (mode == WRITE_BACK || mode == CONSTANT)) memcpy(p->pIv, iv, iv_count);
    if (rv == CKR_OK) memcpy(out + count + 16, iv, appended), *out_count = count + 16 + appended;
    session->operation = 0;
    return leave(session, rv);
}

static CK_RV decrypt(CK_SESSION_HANDLE handle, CK_BYTE *sealed, CK_ULONG count, CK_BYTE *out, CK_ULONG *out_count) {
    struct session *session;
    CK_RV rv = enter(handle, &session);
    if (rv != CKR_OK) return rv;
    pthread_mutex_lock(&mutex);
    rv = failure(DECRYPT);
    pthread_mutex_unlock(&mutex);
    if (rv == CKR_OK && session->operation != 1 + DECRYPT_INIT) rv = CKR_OPERATION_NOT_INITIALIZED;
    // Like SoftHSM, it wants room for what it is given.
    if (rv == CKR_OK && *out_count < count) return leave(session, CKR_BUFFER_TOO_SMALL);
    if (rv == CKR_OK && (count < 16 || !gcm(0, keys[session->key - 1].material, session->gcm.pIv, session->gcm.ulIvLen, &session->gcm, sealed, count - 16, out, sealed + count - 16)))
        rv = knobs[KNOB_TAG_ANSWER];
    if (rv == CKR_OK) *out_count = count - 16;
    session->operation = 0;
    return leave(session, rv);
}

static CK_FUNCTION_LIST functions = {
    .version = {2, 40}, .C_Initialize = initialize, .C_Finalize = finalize, .C_GetSlotList = slot_list, .C_GetTokenInfo = token_info,
    .C_GetMechanismInfo = mechanism_info, .C_OpenSession = open_session, .C_CloseSession = close_session,
    .C_GetSessionInfo = session_info, .C_Login = login, .C_GenerateKey = generate, .C_DestroyObject = destroy,
    .C_GetAttributeValue = attribute_value, .C_FindObjectsInit = find_init, .C_FindObjects = find,
    .C_FindObjectsFinal = find_final, .C_EncryptInit = encrypt_init, .C_Encrypt = encrypt,
    .C_DecryptInit = decrypt_init, .C_Decrypt = decrypt,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    *list = &functions;
    return CKR_OK;
}
