"""Addresses of signing in and of accounts."""

from django.urls import path

from . import accounts, accounts_keys, accounts_log, accounts_own, handing, sending, sessions

urlpatterns = [
    path("sign-in/", sessions.sign_in, name="sign-in"),
    path("sign-in/second/", sessions.second, name="second"),
    path("sign-in/second/options/", sessions.second_options, name="second-options"),
    path("stay/", sessions.stay, name="stay"),
    path("account/", accounts_own.account, name="own-account"),
    path("account/password/", accounts_own.password, name="own-password"),
    path("account/codes/", accounts_own.add_codes, name="add-codes"),
    path("account/keys/options/", accounts_own.key_options, name="key-options"),
    path("account/keys/", accounts_own.add_key, name="add-key"),
    path("account/factors/<int:pk>/remove/", accounts_own.remove_factor, name="remove-factor"),
    path("account/sessions/end/", accounts_own.end_session, name="end-session"),
    path("account/access-keys/", accounts_keys.own, name="own-access-keys"),
    path("access-keys/", accounts_keys.index, name="access-keys"),
    path("access-keys/<int:pk>/<slug:what>/", accounts_keys.act, name="access-key-act"),
    path("accounts/", accounts.index, name="accounts"),
    path("accounts/new/", accounts.new, name="account-new"),
    path("accounts/many/", accounts.many, name="accounts-many"),
    path("accounts/many/open/", accounts.open_many, name="accounts-open"),
    path("accounts/many/template.xlsx", accounts.template, name="accounts-template"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/<slug:what>/", accounts.act, name="account-act"),
    path("agencies/", accounts.agencies, name="agencies"),
    path("agencies/<int:pk>/<slug:what>/", accounts.agency_act, name="agency-act"),
    path("grants/", accounts.grants, name="grants"),
    path("grants/<int:pk>/answer/", accounts.answer, name="grant-answer"),
    path("log/", accounts_log.log, name="log"),
    path("log/export/", accounts_log.export, name="log-export"),
    path("hand-over/", handing.index, name="hand-over"),
    path("hand-over/<int:pk>/take/", handing.take, name="packet-take"),
    path("hand-over/<int:pk>/withdraw/", handing.withdraw, name="packet-withdraw"),
    path("hand-over/<int:pk>/packet.<slug:format>", handing.packet, name="packet"),
    path("exports/", sending.index, name="exports"),
    path("exports/<int:pk>/", sending.fetch, name="export-again"),
    path("sign-out/", sessions.sign_out, name="sign-out"),
    path("language/", sessions.choose_language, name="choose-language"),
]
